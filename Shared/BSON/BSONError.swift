/// Why bytes are no BSON document, or a document is not what its reader expects.
package enum BSONError: Error, Equatable {
    /// The bytes break the format; `offset` is where.
    case malformed(String, offset: Int)
    /// Documents and arrays are nested deeper than `BSONDocument.maximumDepth`.
    case tooDeep
    case missing(String)
    case wrongType(String, expected: String, found: BSONType)
    /// The field has the right type and a value that the reader does not know.
    case unexpected(String, value: String)
}

extension BSONError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let reason, let offset): "malformed BSON at byte \(offset): \(reason)"
        case .tooDeep: "BSON nested deeper than \(BSONDocument.maximumDepth) levels"
        case .missing(let key): "field \(key) is missing"
        case .wrongType(let key, let expected, let found): "field \(key) is \(found.name), not \(expected)"
        case .unexpected(let key, let value): "field \(key) has the unexpected value \(value)"
        }
    }
}
