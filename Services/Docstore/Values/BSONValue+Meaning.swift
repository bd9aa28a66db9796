import BSON

/// What MongoDB reads into a value.
extension BSONValue {
    var typeName: String { type.name }
    var number: Number? { Number(self) }
    /// What a projection reads as yes or no.
    var isFlag: Bool { number != nil || boolValue != nil }
    /// The first operator of `{$name: …}`.
    var operatorName: String? { documentValue.flatMap { $0.isOperators ? $0.first?.key : nil } }

    /// As C and MongoDB's options see it.
    var isTruthy: Bool {
        switch self {
        case .bool(let flag): flag
        case .null, .undefined: false
        default: number.map { !$0.isZero } ?? true
        }
    }

    var textual: String? {
        switch self {
        case .string(let text), .symbol(let text): text
        default: nil
        }
    }

    /// A document, or an array seen as one whose keys are its indexes.
    var asDocument: BSONDocument? {
        switch self {
        case .document(let document): document
        case .array(let elements): BSONDocument(elements: elements.enumerated().map { (String($0.offset), $0.element) })
        default: nil
        }
    }

    /// Milliseconds since 1970 of a date, or of what has one in it.
    var moment: Int64? {
        switch self {
        case .date(let milliseconds): milliseconds
        case .objectID(let id): Int64(id.timestamp) * 1000
        case .timestamp(let stamp): Int64(stamp.seconds) * 1000
        default: nil
        }
    }

    /// The first timestamp of the second that `milliseconds` since 1970 are in.
    static func timestamp(at milliseconds: Int64) -> BSONValue {
        .timestamp(BSONTimestamp(seconds: UInt32(milliseconds / 1000), increment: 1))
    }

    static func int(_ count: Int) -> BSONValue { .int32(Int32(clamping: count)) }
    static func documents(_ list: [BSONDocument]) -> BSONValue { .array(list.map(BSONValue.document)) }
    static func strings(_ list: [String]) -> BSONValue { .array(list.map(BSONValue.string)) }

    /// A new one of version 4.
    static var randomUUID: BSONValue {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        return .binary(BSONBinary(subtype: BSONBinary.uuid, bytes: bytes))
    }
}

extension Optional where Wrapped == BSONValue {
    var typeName: String { self?.typeName ?? "missing" }
    var isTruthy: Bool { self?.isTruthy ?? false }

    /// What most operators answer with null.
    var isNullish: Bool {
        switch self {
        case nil, .null?, .undefined?: true
        default: false
        }
    }
}

typealias TypeSet = Set<BSONType>

extension TypeSet {
    static let numbers: TypeSet = [.double, .int32, .int64, .decimal128]

    mutating func insert(named name: String) throws {
        if name == "number" { return formUnion(Self.numbers) }
        insert(try BSONType(name: name).orThrow(.badValue("Unknown type name alias: \(name)")))
    }
}
