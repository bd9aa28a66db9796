import BSON

typealias TypeSet = Set<BSONType>

extension TypeSet {
    static let numbers: TypeSet = [.double, .int32, .int64, .decimal128]

    mutating func insert(named name: String) throws {
        if name == "number" { return formUnion(Self.numbers) }
        insert(try BSONType(name: name).orThrow(.badValue("Unknown type name alias: \(name)")))
    }
}
