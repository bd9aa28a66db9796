import BSON

extension BSONValue {
    /// The type's name, as `$type` and error messages spell it.
    package var typeName: String { type.name }
}

extension Optional where Wrapped == BSONValue {
    var typeName: String { self?.typeName ?? "missing" }
}

/// BSON types, as `$type`, `bsonType` and `type` name them.
typealias TypeSet = Set<BSONType>

extension TypeSet {
    static let numbers: TypeSet = [.double, .int32, .int64, .decimal128]

    /// Adds the type of that name, or for `number` all four number types.
    mutating func insert(named name: String) throws(CommandError) {
        if name == "number" { return formUnion(Self.numbers) }
        insert(try BSONType(name: name).orThrow(.badValue("Unknown type name alias: \(name)")))
    }
}
