import BSON

extension BSONValue {
    /// The type's name, as `$type` and error messages spell it.
    package var typeName: String { type.name }
}

extension Optional where Wrapped == BSONValue {
    var typeName: String { self?.typeName ?? "missing" }
}

extension BSONType {
    /// The number that queries and conversions give the type: MinKey's is -1.
    init?(number: Int32) {
        guard (-1...127).contains(number) else { return nil }
        self.init(rawValue: UInt8(truncatingIfNeeded: number))
    }
}

/// A set of BSON types, as `$type`, `bsonType` and `type` name them.
struct TypeSet: Sendable, ExpressibleByArrayLiteral {
    private var types: Set<BSONType>

    init(arrayLiteral types: BSONType...) { self.types = Set(types) }

    static let numbers: TypeSet = [.double, .int32, .int64, .decimal128]

    var isEmpty: Bool { types.isEmpty }
    /// Whether one name says the whole set.
    var isSingle: Bool { types.count == 1 || types == Self.numbers.types }

    func contains(_ value: BSONValue) -> Bool { types.contains(value.type) }

    func overlaps(_ other: TypeSet) -> Bool { !types.isDisjoint(with: other.types) }

    mutating func insert(_ type: BSONType) { types.insert(type) }

    /// Adds the type of that name, or for `number` all four number types.
    mutating func insert(named name: String) throws(CommandError) {
        if name == "number" { return types.formUnion(Self.numbers.types) }
        guard let type = BSONType(name: name) else { throw .badValue("Unknown type name alias: \(name)") }
        types.insert(type)
    }
}
