import BSON

extension ExpressionOperator {
    static let objects: [ExpressionOperator] = [
        .init("$objectToArray", 1, nulls: .any) { arguments in
            .array(try arguments.document(else: 40390).elements.map { ["k": .string($0.key), "v": $0.value] })
        },
        .init("$arrayToObject", 1, nulls: .any) { arguments in
            var result = BSONDocument()
            let elements = try arguments.array(else: 40386)
            for element in elements {
                let (key, value) = try pair(element, first: elements[0])
                result[key] = value
            }
            return .document(result)
        },
        .init("$bsonSize", 1, nulls: .any) { .int32(Int32(try $0.document(else: 31393).encode().count)) },
    ]

    /// A field from `[key, value]` or from `{k:, v:}`; all must be of the first one's kind.
    private static func pair(
        _ element: BSONValue, first: BSONValue
    ) throws(CommandError) -> (key: String, value: BSONValue) {
        switch (first, element) {
        case (.array, .array(let pair)):
            guard pair.count == 2 else { throw unpaired(40397, "arrays of size 2", element) }
            guard case .string(let key) = pair[0] else { throw unpaired(40395, "keys of type string", pair[0]) }
            return (key, pair[1])
        case (.document, .document(let pair)):
            guard pair.count == 2 else { throw unpaired(40392, "objects of 'k' and 'v'", element) }
            guard let given = pair["k"], let value = pair["v"] else { throw unpaired(40393, "'k' and 'v'", element) }
            guard case .string(let key) = given else { throw unpaired(40394, "keys of type string", given) }
            return (key, value)
        case (.array, _): throw unpaired(40396, "nothing but arrays, if the first is one", element)
        case (.document, _): throw unpaired(40391, "nothing but objects, if the first is one", element)
        default: throw unpaired(40398, "arrays or objects", element)
        }
    }

    private static func unpaired(_ code: Int32, _ wanted: String, _ found: BSONValue) -> CommandError {
        CommandError(code: code, "$arrayToObject requires \(wanted), found: \(found)")
    }
}
