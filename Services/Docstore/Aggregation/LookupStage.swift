import BSON

private struct Lookup {
    private let from: String
    private let output: [String]
    private let stages: [BSONDocument]
    private let pipeline: Pipeline
    private let join: (local: FieldPath, foreign: FieldPath)?
    private let lets: [Expression.Binding]
    private let variables: Variables

    init(_ clause: StageClause) throws {
        let wrong = ErrorCode.failedToParse.rawValue
        let names = ["from", "as", "localField", "foreignField", "let", "pipeline"]
        let named = try NamedArguments(clause.argument, of: "$lookup", names, codes: (wrong, wrong))
        from = try named.require("from", \.stringValue, missing: wrong, else: wrong)
        let output = try named.require("as", \.stringValue, missing: wrong, else: wrong)
        let local = try named.optional("localField", \.stringValue, else: wrong)
        let foreign = try named.optional("foreignField", \.stringValue, else: wrong)
        let definitions = try named.optional("let", \.documentValue, else: wrong)
        let stages = try named.optional("pipeline", \.arrayValue, else: ErrorCode.typeMismatch.rawValue)
        let isJoin = (local == nil) == (foreign == nil) && (stages != nil || local != nil && definitions == nil)
        try require(isJoin, .failedToParse, "$lookup requires 'pipeline', or both 'localField' and 'foreignField'")
        self.stages = try PipelineStages.documents(stages ?? [])
        self.output = try FieldPath.parts(output)
        for path in [local, foreign] { if let path { _ = try FieldPath.parts(path) } }
        join = if let local, let foreign { (FieldPath(local), FieldPath(foreign)) } else { nil }
        variables = clause.variables
        lets = try variables.parser.bindings(definitions ?? [:])
        var inner = variables
        for (name, _) in lets { inner.set(name, nil) }
        pipeline = try Pipeline(stages: self.stages, variables: inner)
    }

    func joining(_ document: BSONDocument, _ read: @escaping CollectionReader) throws -> BSONDocument {
        var (filter, rest) = pipeline.leadingQuery
        if !lets.isEmpty {
            // The reader does not know the variables: the whole pipeline runs over what the join finds.
            let inner = try variables.defining(lets, from: variables.binding(root: document))
            (filter, rest) = ([:], try Pipeline(stages: stages, variables: inner))
        }
        if let join { filter = Pipeline.conjunction([joinFilter(join, document), filter]) }
        let results = rest.run(over: try read(from, filter), read)
        var values: [BSONValue] = []
        while let result = try results() { values.append(.document(result)) }
        var joined = document
        joined.setNested(output[...], .array(values))
        return joined
    }

    /// The values at the local path, one by one: any of them may match.
    private func joinFilter(_ join: (local: FieldPath, foreign: FieldPath), _ document: BSONDocument) -> BSONDocument {
        let found = join.local.values(in: document)
        let (values, field) = (found.isEmpty ? [.null] : found, join.foreign.description)
        // A regular expression is a value here, with which `$in` would match.
        let isPlain = values.count > 1 && !values.contains { $0.type == .regex }
        return isPlain ? [field: ["$in": .array(values)]] : ["$or": .array(values.map { [field: ["$eq": $0]] })]
    }
}

extension PipelineStages {
    static func lookup(_ clause: StageClause) throws -> PipelineStage {
        let lookup = try Lookup(clause)
        return PipelineStage { input, read in { try input().map { try lookup.joining($0, read) } } }
    }
}
