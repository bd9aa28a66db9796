// For logs and failed expectations; close to MongoDB's shell, not a format to parse.
extension BSONDocument: CustomStringConvertible {
    package var description: String {
        "{" + elements.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
    }
}

extension BSONValue: CustomStringConvertible {
    package var description: String {
        switch self {
        case .double(let value): "\(value)"
        case .string(let value): "\"\(value)\""
        case .document(let value): value.description
        case .array(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
        case .binary(let value): "Binary(\(value.subtype), \(value.bytes.count) bytes)"
        case .undefined: "undefined"
        case .objectID(let value): "ObjectId(\(value.hex))"
        case .bool(let value): "\(value)"
        case .date(let value): "Date(\(value))"
        case .null: "null"
        case .regex(let pattern, let options): "/\(pattern)/\(options)"
        case .dbPointer(let namespace, let id): "DBPointer(\(namespace), \(id.hex))"
        case .javascript(let code): "Code(\(code))"
        case .symbol(let value): "Symbol(\(value))"
        case .javascriptWithScope(let code, let scope): "Code(\(code), \(scope))"
        case .int32(let value): "\(value)"
        case .timestamp(let value): "Timestamp(\(value.seconds), \(value.increment))"
        case .int64(let value): "Long(\(value))"
        case .decimal128(let value): "Decimal128(\(value.high), \(value.low))"
        case .minKey: "MinKey"
        case .maxKey: "MaxKey"
        }
    }
}
