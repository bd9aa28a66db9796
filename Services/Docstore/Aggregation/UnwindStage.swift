import BSON

extension PipelineStages {
    static func unwind(_ clause: StageClause) throws -> PipelineStage {
        let argument: BSONValue = clause.argument.stringValue == nil ? clause.argument : ["path": clause.argument]
        let names = ["path", "preserveNullAndEmptyArrays", "includeArrayIndex"]
        let named = try NamedArguments(argument, of: "$unwind", names, codes: (15981, 28811))
        let written = try named.require("path", \.stringValue, missing: 28812, else: 28808)
        try require(written.hasPrefix("$"), code: 28818, "the path of $unwind must start with '$': \(written)")
        let path = try FieldPath.parts(written.dropFirst())
        let preserves = try named.optional("preserveNullAndEmptyArrays", \.boolValue, else: 28809) ?? false
        let field = try named.optional("includeArrayIndex", \.stringValue, else: 28810)
        try require(field != "", code: 28810, "includeArrayIndex of $unwind cannot be empty")
        try require(field?.hasPrefix("$") != true, code: 28822, "includeArrayIndex cannot start with '$'")
        let indexField: [String]? = if let field { try FieldPath.parts(field) } else { nil }
        /// - Parameter element: what takes the array's place; nil when it stays.
        @Sendable func unwound(_ document: BSONDocument, _ element: BSONValue??, index: BSONValue) -> BSONDocument {
            var result = document
            if let element { result.setNested(path[...], element) }
            if let indexField { result.setNested(indexField[...], index) }
            return result
        }
        return PipelineStage { input, _ in
            var source: BSONDocument = [:]
            var elements: [BSONValue] = []
            var position = 0
            return {
                while true {
                    if position < elements.count {
                        defer { position += 1 }
                        return unwound(source, .some(elements[position]), index: .int64(Int64(position)))
                    }
                    guard let document = try input() else { return nil }
                    switch path.reduce(Optional(BSONValue.document(document)), { $0?.documentValue?[$1] }) {
                    case .array(let values)? where !values.isEmpty: (source, elements, position) = (document, values, 0)
                    case .array?: if preserves { return unwound(document, .some(nil), index: .null) }
                    case let value: if preserves || !value.isNullish { return unwound(document, nil, index: .null) }
                    }
                }
            }
        }
    }
}
