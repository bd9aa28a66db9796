import BSON

extension BSONValue {
    /// The type's number in the BSON format, as `$type` knows it.
    var typeNumber: Int32 {
        switch self {
        case .double: 1
        case .string: 2
        case .document: 3
        case .array: 4
        case .binary: 5
        case .undefined: 6
        case .objectID: 7
        case .bool: 8
        case .date: 9
        case .null: 10
        case .regex: 11
        case .dbPointer: 12
        case .javascript: 13
        case .symbol: 14
        case .javascriptWithScope: 15
        case .int32: 16
        case .timestamp: 17
        case .int64: 18
        case .decimal128: 19
        case .minKey: -1
        case .maxKey: 127
        }
    }

    /// The type's name, as `$type` and error messages spell it.
    package var typeName: String { TypeSet.name(of: typeNumber) }
}

extension Optional where Wrapped == BSONValue {
    var typeName: String { self?.typeName ?? "missing" }
}

/// A set of BSON types, as `$type`, `bsonType` and `type` name them.
struct TypeSet: Sendable {
    private(set) var numbers: Set<Int32> = []
    private(set) var allNumbers = false

    static let names: [(name: String, number: Int32)] = [
        ("double", 1), ("string", 2), ("object", 3), ("array", 4), ("binData", 5), ("undefined", 6), ("objectId", 7),
        ("bool", 8), ("date", 9), ("null", 10), ("regex", 11), ("dbPointer", 12), ("javascript", 13), ("symbol", 14),
        ("javascriptWithScope", 15), ("int", 16), ("timestamp", 17), ("long", 18), ("decimal", 19), ("minKey", -1),
        ("maxKey", 127),
    ]
    private static let numbersByName = Dictionary(uniqueKeysWithValues: names.map { ($0.name, $0.number) })
    private static let namesByNumber = Dictionary(uniqueKeysWithValues: names.map { ($0.number, $0.name) })

    static func name(of number: Int32) -> String { namesByNumber[number] ?? "missing" }

    static func number(named name: String) -> Int32? { numbersByName[name] }

    var isEmpty: Bool { numbers.isEmpty && !allNumbers }

    /// Whether arrays and nothing else are in the set.
    var holdsArray: Bool { numbers.contains(4) }

    mutating func insert(number: Int32) { numbers.insert(number) }

    /// - Returns: whether the name is one of a type, or `number` for all four number types.
    mutating func insert(named name: String) -> Bool {
        if name == "number" {
            allNumbers = true
            return true
        }
        guard let number = Self.numbersByName[name] else { return false }
        numbers.insert(number)
        return true
    }

    func contains(_ value: BSONValue) -> Bool {
        if allNumbers, value.orderRank == 10 { return true }
        return numbers.contains(value.typeNumber)
    }
}
