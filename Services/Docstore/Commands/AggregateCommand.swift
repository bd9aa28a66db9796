import BSON

/// `aggregate`
struct AggregateCommand: Command {
    static let name = "aggregate"
    static let traits: CommandTraits = .inTransaction
    static let options: Set<String> = [
        "pipeline", "cursor", "explain", "allowDiskUse", "bypassDocumentValidation", "hint", "let", "collation",
        "fromMongos", "needsMerge", "isMapReduceCommand", "exchange",
    ]

    let namespace: Namespace
    private let pipeline: Pipeline
    private let batchSize: Int?
    private let hint: BSONValue?
    private let variables: Variables
    private let explains: Bool

    init(_ request: CommandRequest) throws {
        let arguments = CommandArguments(request)
        try arguments.refuse(["collation", "fromMongos", "needsMerge", "isMapReduceCommand", "exchange"])
        guard case .string = request.argument else {
            throw CommandError(
                .invalidNamespace, "an aggregation that reads no collection is not implemented: {aggregate: 1}")
        }
        namespace = try request.namespace()
        variables = Variables(try arguments.document("let") ?? [:], now: Clock.wall)
        let stages = try Self.stages(request.body["pipeline"])
        explains = try arguments.bool("explain")
        guard let cursor = request.body["cursor"] else {
            guard explains else {
                throw CommandError(
                    .failedToParse, "The 'cursor' option is required, except for aggregate with the explain argument")
            }
            pipeline = try Pipeline(stages: stages, variables: variables)
            batchSize = nil
            hint = nil
            return
        }
        guard case .document(let options) = cursor else {
            throw CommandError(.typeMismatch, "cursor field must be missing or an object")
        }
        for key in options.keys where key != "batchSize" {
            throw CommandError(code: 40415, "BSON field 'aggregate.cursor.\(key)' is an unknown field.")
        }
        batchSize = try Self.batchSize(options)
        pipeline = try Pipeline(stages: stages, variables: variables)
        hint = request.body["hint"].flatMap { $0.documentValue?.isEmpty == true ? nil : $0 }
    }

    private static func stages(_ value: BSONValue?) throws -> [BSONDocument] {
        guard let value else {
            throw CommandError(code: 40414, "BSON field 'aggregate.pipeline' is missing but a required field")
        }
        guard case .array(let elements) = value else {
            throw CommandError(.typeMismatch, "'pipeline' option must be specified as an array")
        }
        return try elements.map { element in
            guard case .document(let stage) = element else {
                throw CommandError(.typeMismatch, "Each element of the 'pipeline' array must be an object")
            }
            return stage
        }
    }

    private static func batchSize(_ options: BSONDocument) throws -> Int? {
        guard let value = options["batchSize"] else { return nil }
        guard let number = Number(value), let size = number.truncatedInt64 else {
            throw CommandError(.typeMismatch, "cursor.batchSize must be a number")
        }
        guard size >= 0 else { throw CommandError(.badValue, "cursor.batchSize must not be negative") }
        return Int(size)
    }

    /// The query the pipeline begins with, planned, and what is left to do.
    func plan(_ collection: CollectionInfo) throws -> (query: PlannedQuery, rest: Pipeline) {
        let (filter, rest) = pipeline.leadingQuery
        let sort = try rest.leadingSort.map { try SortPattern($0) }
        let query = try PlannedQuery(
            filter, matcher: try Matcher(filter: filter, variables: variables), sort: sort, collection: collection,
            hint: hint)
        return (query, query.plan.providesSort ? rest.withoutLeadingSort : rest)
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        if explains { return try context.read { try .document(Explanation.reply(of: self, $0, context)) } }
        return try context.firstBatch(of: namespace, batchSize: batchSize) { view in
            guard let collection = view.catalog[namespace] else {
                if pipeline.isEmpty { return nil }
                return QueryCursor(
                    namespace: "\(namespace)", query: nil, limit: context.limit,
                    source: PipelineSource(pipeline, over: nil, database: namespace.database, limit: context.limit))
            }
            let (query, rest) = try plan(collection)
            let source: any DocumentSource =
                rest.isEmpty
                ? FindSource(query, FindSource.Shape(), limit: context.limit)
                : PipelineSource(rest, over: query, database: namespace.database, limit: context.limit)
            return QueryCursor(namespace: "\(namespace)", query: query, limit: context.limit, source: source)
        }
    }
}
