import BSON

/// What a command reads: the matches of a query and, for `aggregate`, what becomes of them.
struct QueryRequest {
    let namespace: Namespace
    private(set) var query: Query
    private var pipeline: Pipeline?

    /// - Parameter name: of the argument that is the query.
    init(_ request: CommandRequest, filter name: String) throws {
        namespace = try request.namespace()
        query = try Query(request.body.document(name) ?? [:], request.body, request.body.variables())
    }

    /// Of a pipeline the filter and the order it begins with become the query's.
    init(aggregate request: CommandRequest) throws {
        let variables = try request.body.variables()
        let stages = try request.body.documents("pipeline", in: request.name)
        let whole = try Pipeline(stages: stages, variables: variables)
        // Only stages that are not there, which it has named by now, read no collection.
        let readsCollection = request.argument.stringValue != nil
        try require(readsCollection, .invalidNamespace, "{aggregate: 1} has to begin with a stage that makes documents")
        namespace = try request.namespace()
        var (filter, rest) = whole.leadingQuery
        query = try Query(filter, request.body, variables)
        if let sort = rest.takeLeadingSort() { (query.sort, query.limit) = sort }
        if !rest.isEmpty { pipeline = rest }
    }

    func matches(in view: any StoreView, _ limit: TimeLimit) throws -> FindSource? {
        try view.catalog[namespace].map { try FindSource(query, in: $0, limit) }
    }

    func cursor(in view: any StoreView, for context: CommandContext) throws -> QueryCursor? {
        let matches = try matches(in: view, context.limit)
        let source: (any DocumentSource)? =
            if let pipeline {
                PipelineSource(pipeline, over: matches, database: namespace.database, context.limit)
            } else { matches }
        return source.map { QueryCursor(namespace, over: matches?.planned, $0, for: context) }
    }
}
