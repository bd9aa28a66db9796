import BSON

/// What a command reads: a query, its order and shape and, for `aggregate`, what becomes of the matches.
struct QueryRequest {
    let namespace: Namespace
    let filter: BSONDocument
    let hint: BSONValue?
    private let matcher: Matcher
    private var shape = FindSource.Shape()
    private var pipeline: Pipeline?

    /// - Parameter filter: the name of the argument that is the query.
    init(_ request: CommandRequest, filter name: String) throws {
        let body = request.body
        namespace = try request.namespace()
        filter = body.document(name) ?? [:]
        hint = try body.hint()
        matcher = try Matcher(filter: filter, variables: body.variables())
        shape.skip = body.count("skip") ?? 0
        // A negative limit counts as its magnitude.
        shape.limit = body.count("limit").flatMap { $0 == 0 ? nil : Int(clamping: $0.magnitude) }
        shape.sort = try body.sort()
        shape.projection = try body.projection("projection")
        shape.allowsDiskUse = body.flag("allowDiskUse")
    }

    /// Of a pipeline the filter and the order it begins with become the query's.
    init(aggregate request: CommandRequest) throws {
        let body = request.body
        let stages = try body.documents("pipeline", in: request.name)
        let whole = try Pipeline(stages: stages, variables: body.variables())
        // Only stages that are not there, which it has named by now, read no collection.
        let readsCollection = request.argument.stringValue != nil
        try require(readsCollection, .invalidNamespace, "{aggregate: 1} has to begin with a stage that makes documents")
        namespace = try request.namespace()
        var (filter, rest) = whole.leadingQuery
        self.filter = filter
        hint = try body.hint()
        matcher = try Matcher(filter: filter, variables: body.variables())
        if let sort = rest.takeLeadingSort() { (shape.sort, shape.limit) = sort }
        shape.allowsDiskUse = body.flag("allowDiskUse")
        if !rest.isEmpty { pipeline = rest }
    }

    var isWholeCollection: Bool { filter.isEmpty && hint == nil && shape.skip == 0 && shape.limit == nil }

    /// The `_id` that is all it asks for.
    var plainID: BSONValue? { shape.projection == nil && shape.skip == 0 && hint == nil ? filter.plainID : nil }

    func matches(in view: any StoreView, _ limit: TimeLimit) throws -> FindSource? {
        try view.catalog[namespace].map { collection in
            let query = try PlannedQuery(filter, matcher, sort: shape.sort, hint: hint, in: collection)
            return FindSource(query, shape, limit)
        }
    }

    func cursor(in view: any StoreView, for context: CommandContext) throws -> QueryCursor? {
        let matches = try matches(in: view, context.limit)
        let source: (any DocumentSource)? =
            if let pipeline {
                PipelineSource(pipeline, over: matches, database: namespace.database, context.limit)
            } else { matches }
        return source.map { QueryCursor(namespace, over: matches?.query, $0, for: context) }
    }
}

extension BSONDocument {
    func projection(_ name: String) throws -> Projection? {
        guard let fields = document(name), !fields.isEmpty else { return nil }
        return try Projection(fields, variables: variables())
    }
}
