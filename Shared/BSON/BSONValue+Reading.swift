// What a value is when read as a Swift type; nil when it is not that. Numbers convert where nothing is lost, because
// MongoDB itself changes their type (`$inc` by an int64, a shell's double).
extension BSONValue {
    package var stringValue: String? { if case .string(let value) = self { value } else { nil } }
    package var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var objectIDValue: ObjectID? { if case .objectID(let value) = self { value } else { nil } }
    package var documentValue: BSONDocument? { if case .document(let value) = self { value } else { nil } }
    package var arrayValue: [BSONValue]? { if case .array(let value) = self { value } else { nil } }
    package var binaryValue: BSONBinary? { if case .binary(let value) = self { value } else { nil } }
    /// Milliseconds since 1970.
    package var dateValue: Int64? { if case .date(let value) = self { value } else { nil } }

    package var int64Value: Int64? {
        switch self {
        case .int64(let value): value
        case .int32(let value): Int64(value)
        case .double(let value): Int64(exactly: value)
        default: nil
        }
    }

    package var int32Value: Int32? { int64Value.flatMap(Int32.init(exactly:)) }
    package var intValue: Int? { int64Value.flatMap(Int.init(exactly:)) }

    package var doubleValue: Double? {
        switch self {
        case .double(let value): value
        case .int32(let value): Double(value)
        case .int64(let value): Double(value)
        default: nil
        }
    }

    package var isNull: Bool { if case .null = self { true } else { false } }
}
