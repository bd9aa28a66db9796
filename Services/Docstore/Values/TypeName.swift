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

/// BSON types, as `$type`, `bsonType` and `type` name them.
typealias TypeSet = Set<BSONType>

extension TypeSet {
    static let numbers: TypeSet = [.double, .int32, .int64, .decimal128]

    /// Whether one name says the whole set.
    var isSingle: Bool { count == 1 || self == Self.numbers }

    /// Adds the type of that name, or for `number` all four number types.
    mutating func insert(named name: String) throws(CommandError) {
        if name == "number" { return formUnion(Self.numbers) }
        insert(try BSONType(name: name).orThrow(.badValue("Unknown type name alias: \(name)")))
    }
}
