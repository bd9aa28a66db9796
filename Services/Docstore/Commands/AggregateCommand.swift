import BSON

extension Command {
    static let aggregate = Command(
        "aggregate", .inTransaction,
        options: [
            .array("pipeline").required, .document("cursor", "let"),
            .bool("explain", "allowDiskUse", "bypassDocumentValidation"), .any("hint"), .lacking("collation"),
        ]
    ) { context in
        let batchSize = try context.cursorBatchSize()
        let explains = context.body.flag("explain")
        guard explains || context.body["cursor"] != nil else {
            throw CommandError(
                .failedToParse, "The 'cursor' option is required, except for aggregate with the explain argument")
        }
        let request = try AggregateRequest(context.request)
        if explains { return try Explanation(aggregate: request).reply(context, withStatistics: false) }
        return try context.firstBatch(batchSize ?? 101) { view in
            guard let collection = view.catalog[request.namespace] else {
                return request.pipeline.isEmpty ? nil : request.cursor(over: nil, request.pipeline, context)
            }
            let (query, rest) = try request.planned(in: collection)
            return request.cursor(over: query, rest, context)
        }
    }
}

extension CommandContext {
    /// `batchSize` in the argument `cursor`.
    func cursorBatchSize() throws -> Int? {
        guard let cursor = body.document("cursor") else { return nil }
        let options: Options = [.count("batchSize")]
        try options.check(cursor, in: "\(request.name).cursor")
        return cursor.count("batchSize")
    }
}

/// An `aggregate`, parsed.
struct AggregateRequest {
    let namespace: Namespace
    let pipeline: Pipeline
    private let hint: BSONValue?
    private let variables: Variables

    init(_ request: CommandRequest) throws {
        guard case .string = request.argument else {
            throw CommandError(
                .invalidNamespace, "an aggregation that reads no collection is not implemented: {aggregate: 1}")
        }
        namespace = try request.namespace()
        variables = request.body.variables
        pipeline = try Pipeline(
            stages: try request.body.documents("pipeline", in: request.name), variables: variables)
        hint = request.body.hint
    }

    /// The query the pipeline begins with, planned, and what is left to do.
    func planned(in collection: CollectionInfo) throws -> (query: PlannedQuery, rest: Pipeline) {
        let (filter, rest) = pipeline.leadingQuery
        let sort = try rest.leadingSort.map { try SortPattern($0) }
        let matcher = try Matcher(filter: filter, variables: variables)
        let query = try PlannedQuery(filter, matcher, sort: sort, hint: hint, in: collection)
        return (query, query.plan.providesSort ? rest.withoutLeadingSort : rest)
    }

    func cursor(over query: PlannedQuery?, _ rest: Pipeline, _ context: CommandContext) -> QueryCursor {
        if let query, rest.isEmpty {
            return QueryCursor(
                namespace, over: query, FindSource(query, FindSource.Shape(), context.limit), for: context)
        }
        let source = PipelineSource(rest, over: query, database: namespace.database, context.limit)
        return QueryCursor(namespace, over: query, source, for: context)
    }
}
