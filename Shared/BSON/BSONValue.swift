/// One value of any BSON type, the deprecated ones included.
///
/// Equal means: the same type and the same bytes. So `int32(1)` is not `int64(1)`, a NaN equals itself, and 0.0 is not
/// -0.0. MongoDB's own comparison across types belongs to who implements queries.
package enum BSONValue: Sendable {
    case double(Double)
    case string(String)
    case document(BSONDocument)
    case array([BSONValue])
    case binary(BSONBinary)
    case undefined
    case objectID(ObjectID)
    case bool(Bool)
    /// Milliseconds since 1970, UTC.
    case date(Int64)
    case null
    // Rare types with two parts live behind a pointer, so that every other value stays within 17 bytes.
    indirect case regex(pattern: String, options: String)
    indirect case dbPointer(namespace: String, id: ObjectID)
    case javascript(String)
    case symbol(String)
    indirect case javascriptWithScope(code: String, scope: BSONDocument)
    case int32(Int32)
    case timestamp(BSONTimestamp)
    case int64(Int64)
    case decimal128(BSONDecimal128)
    case minKey
    case maxKey

    package var type: BSONType {
        switch self {
        case .double: .double
        case .string: .string
        case .document: .document
        case .array: .array
        case .binary: .binary
        case .undefined: .undefined
        case .objectID: .objectID
        case .bool: .bool
        case .date: .date
        case .null: .null
        case .regex: .regex
        case .dbPointer: .dbPointer
        case .javascript: .javascript
        case .symbol: .symbol
        case .javascriptWithScope: .javascriptWithScope
        case .int32: .int32
        case .timestamp: .timestamp
        case .int64: .int64
        case .decimal128: .decimal128
        case .minKey: .minKey
        case .maxKey: .maxKey
        }
    }
}

extension BSONValue: Hashable {
    package static func == (left: BSONValue, right: BSONValue) -> Bool {
        switch (left, right) {
        case (.double(let l), .double(let r)): l.bitPattern == r.bitPattern
        case (.string(let l), .string(let r)): same(l, r)
        case (.document(let l), .document(let r)): l == r
        case (.array(let l), .array(let r)): l == r
        case (.binary(let l), .binary(let r)): l == r
        case (.objectID(let l), .objectID(let r)): l == r
        case (.bool(let l), .bool(let r)): l == r
        case (.date(let l), .date(let r)): l == r
        case (.regex(let l, let lo), .regex(let r, let ro)): same(l, r) && same(lo, ro)
        case (.dbPointer(let l, let li), .dbPointer(let r, let ri)): same(l, r) && li == ri
        case (.javascript(let l), .javascript(let r)): same(l, r)
        case (.symbol(let l), .symbol(let r)): same(l, r)
        case (.javascriptWithScope(let l, let ls), .javascriptWithScope(let r, let rs)): same(l, r) && ls == rs
        case (.int32(let l), .int32(let r)): l == r
        case (.timestamp(let l), .timestamp(let r)): l == r
        case (.int64(let l), .int64(let r)): l == r
        case (.decimal128(let l), .decimal128(let r)): l == r
        case (.undefined, .undefined), (.null, .null), (.minKey, .minKey), (.maxKey, .maxKey): true
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        switch self {
        case .double(let value): hasher.combine(value.bitPattern)
        case .string(let value), .javascript(let value), .symbol(let value): hasher.combine(value)
        case .document(let value): hasher.combine(value)
        case .array(let value): hasher.combine(value)
        case .binary(let value): hasher.combine(value)
        case .objectID(let value): hasher.combine(value)
        case .bool(let value): hasher.combine(value)
        case .date(let value), .int64(let value): hasher.combine(value)
        case .regex(let pattern, let options):
            hasher.combine(pattern)
            hasher.combine(options)
        case .dbPointer(_, let id): hasher.combine(id)
        case .javascriptWithScope(let code, _): hasher.combine(code)
        case .int32(let value): hasher.combine(value)
        case .timestamp(let value): hasher.combine(value)
        case .decimal128(let value): hasher.combine(value)
        case .undefined, .null, .minKey, .maxKey: break
        }
    }

    /// Swift takes strings for equal that are canonically equivalent ("é" in one scalar or two); BSON does not.
    private static func same(_ left: String, _ right: String) -> Bool {
        left == right && (left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8))
    }
}
