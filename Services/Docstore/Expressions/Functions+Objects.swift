import BSON

extension ExpressionFunction {
    static let objects: [ExpressionFunction] = [
        .init("$objectToArray", 1) { values throws(CommandError) in
            if values[0].isNullish { return .null }
            guard case .document(let document)? = values[0] else {
                throw CommandError(
                    code: 40390, "$objectToArray requires a document input, found: \(values[0].typeName)")
            }
            return .array(document.elements.map { ["k": .string($0.key), "v": $0.value] })
        },
        .init("$arrayToObject", 1) { values throws(CommandError) in
            if values[0].isNullish { return .null }
            guard case .array(let elements)? = values[0] else {
                throw CommandError(
                    code: 40386, "$arrayToObject requires an array input, found: \(values[0].typeName)")
            }
            return .document(try object(elements))
        },
        .init("$bsonSize", 1) { values throws(CommandError) in
            if values[0].isNullish { return .null }
            guard case .document(let document)? = values[0] else {
                throw CommandError(code: 31393, "$bsonSize requires a document input, found: \(values[0].typeName)")
            }
            return .int32(Int32(document.encode().count))
        },
        .init("$binarySize", 1) { values throws(CommandError) in
            switch values[0] {
            case nil, .null?, .undefined?: return .null
            case .string(let text)?: return .int32(Int32(text.utf8.count))
            case .binary(let data)?: return .int32(Int32(data.bytes.count))
            default:
                throw CommandError(
                    code: 51276, "$binarySize requires a string or BinData argument, found: \(values[0].typeName)")
            }
        },
    ]

    /// From `[key, value]` pairs, or from `{k:, v:}`; all of one kind.
    private static func object(_ elements: [BSONValue]) throws(CommandError) -> BSONDocument {
        var result = BSONDocument()
        guard let first = elements.first else { return result }
        for element in elements {
            switch (first, element) {
            case (.array, .array(let pair)):
                guard pair.count == 2 else {
                    throw CommandError(
                        code: 40397,
                        "$arrayToObject requires an array of size 2 arrays,found array of size: \(pair.count)")
                }
                guard case .string(let key) = pair[0] else {
                    throw CommandError(
                        code: 40395,
                        "$arrayToObject requires an array of key-value pairs, where the key must be of type string. "
                            + "Found key type: \(pair[0].typeName)")
                }
                result[key] = pair[1]
            case (.document, .document(let entry)):
                guard entry.count == 2 else {
                    throw CommandError(
                        code: 40392,
                        "$arrayToObject requires an object keys of 'k' and 'v'. Found incorrect number of keys:"
                            + "\(entry.count)")
                }
                guard let key = entry["k"], let value = entry["v"] else {
                    throw CommandError(
                        code: 40393,
                        "$arrayToObject requires an object with keys 'k' and 'v'. Missing either or both "
                            + "keys from: \(entry)")
                }
                guard case .string(let name) = key else {
                    throw CommandError(
                        code: 40394,
                        "$arrayToObject requires an object with keys 'k' and 'v', where the value of 'k' must be of "
                            + "type string. Found type: \(key.typeName)")
                }
                result[name] = value
            case (.array, _):
                throw CommandError(
                    code: 40396,
                    "$arrayToObject requires a consistent input format. Elements must all be arrays or "
                        + "all be objects. Array was detected, now found: \(element.typeName)")
            case (.document, _):
                throw CommandError(
                    code: 40391,
                    "$arrayToObject requires a consistent input format. Elements must all be arrays or "
                        + "all be objects. Object was detected, now found: \(element.typeName)")
            default:
                throw CommandError(
                    code: 40398, "Unrecognised input type format for $arrayToObject: \(first.typeName)")
            }
        }
        return result
    }
}
