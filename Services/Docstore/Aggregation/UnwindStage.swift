import BSON

/// `$unwind`: a document for each element of an array.
struct UnwindStage: PipelineStage {
    private let path: [String]
    private let preserves: Bool
    private let indexField: [String]?

    init(_ argument: BSONValue, _ place: StagePlace) throws(CommandError) {
        let document: BSONValue = if case .string = argument { ["path": argument] } else { argument }
        let named = try NamedArguments(
            document, of: "$unwind", ["path", "preserveNullAndEmptyArrays", "includeArrayIndex"], codes: (15981, 28811))
        let path = try named.require("path", \.stringValue, missing: 28812, else: 28808)
        try require(path.hasPrefix("$"), code: 28818, "the path of $unwind must start with '$': \(path)")
        self.path = try FieldPath.parts(path.dropFirst())
        preserves = try named.optional("preserveNullAndEmptyArrays", \.boolValue, else: 28809) ?? false
        let field = try named.optional("includeArrayIndex", \.stringValue, else: 28810)
        try require(field != "", code: 28810, "includeArrayIndex of $unwind cannot be empty")
        try require(field?.hasPrefix("$") != true, code: 28822, "includeArrayIndex cannot start with '$'")
        indexField = if let field { try FieldPath.parts(field) } else { nil }
    }

    func run(over input: any PipelineInput, reader: any CollectionReader) -> any PipelineInput {
        var source: BSONDocument = [:]
        var elements: [BSONValue] = []
        var position = 0
        return GeneratedInput {
            while true {
                if position < elements.count {
                    defer { position += 1 }
                    return unwound(source, .some(elements[position]), index: .int64(Int64(position)))
                }
                guard let document = try input.next() else { return nil }
                switch path.reduce(Optional(BSONValue.document(document)), { $0?.documentValue?[$1] }) {
                case .array(let values)? where !values.isEmpty:
                    source = document
                    elements = values
                    position = 0
                case .array?:
                    if preserves { return unwound(document, .some(nil), index: .null) }
                case let value:
                    if preserves || !value.isNullish { return unwound(document, nil, index: .null) }
                }
            }
        }
    }

    /// - Parameter element: what takes the array's place; nil when it stays.
    private func unwound(_ document: BSONDocument, _ element: BSONValue??, index: BSONValue) -> BSONDocument {
        var result = document
        if let element { result.setNested(path[...], element) }
        if let indexField { result.setNested(indexField[...], index) }
        return result
    }
}

extension BSONDocument {
    /// Sets (or with nil removes) the value at a path, making documents on the way.
    mutating func setNested(_ path: ArraySlice<String>, _ value: BSONValue?) {
        guard let name = path.first else { return }
        guard path.count > 1 else { return self[name] = value }
        var inner = document(name) ?? [:]
        inner.setNested(path.dropFirst(), value)
        self[name] = .document(inner)
    }
}
