import BSON

/// `find`
struct FindCommand: Command {
    static let name = "find"
    static let traits: CommandTraits = .inTransaction
    static let options: Set<String> = [
        "filter", "sort", "projection", "hint", "skip", "limit", "batchSize", "singleBatch", "let", "allowDiskUse",
        "noCursorTimeout", "allowPartialResults", "oplogReplay", "readOnce", "collation", "tailable", "awaitData",
        "min", "max", "returnKey", "showRecordId",
    ]

    let namespace: Namespace
    let filter: BSONDocument
    let matcher: Matcher
    let shape: FindSource.Shape
    let batchSize: Int?
    let isSingleBatch: Bool
    let hint: BSONValue?

    init(_ request: CommandRequest) throws {
        namespace = try request.namespace()
        let arguments = CommandArguments(request)
        try arguments.refuse(["collation", "tailable", "awaitData", "min", "max", "returnKey", "showRecordId"])
        filter = try arguments.document("filter") ?? [:]
        var shape = FindSource.Shape()
        shape.skip = try arguments.count("skip", called: "Skip") ?? 0
        shape.limit = try arguments.count("limit", called: "Limit").flatMap { $0 == 0 ? nil : $0 }
        batchSize = try arguments.count("batchSize", called: "BatchSize")
        isSingleBatch = try arguments.bool("singleBatch")
        let variables = Variables(try arguments.document("let") ?? [:], now: Clock.wall)
        matcher = try Matcher(filter: filter, variables: variables)
        shape.sort = try arguments.document("sort").map { try Self.sort($0) }
        if let projection = try arguments.document("projection"), !projection.isEmpty {
            shape.projection = try Projection(projection, variables: variables)
        }
        self.shape = shape
        hint = request.body["hint"].flatMap { $0.documentValue?.isEmpty == true ? nil : $0 }
    }

    private var plainID: BSONValue? {
        shape.projection == nil && shape.skip == 0 && batchSize != 0 && hint == nil ? filter.plainID : nil
    }

    /// `{$natural: ±1}` is an order too: the one documents are found in.
    private static func sort(_ document: BSONDocument) throws -> SortPattern {
        try SortPattern(document.elements.first?.key == "$natural" ? [:] : document)
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        if let id = plainID, context.transaction == nil, let collection = context.store.catalog[namespace] {
            let document = try context.store.document(in: collection, id: id)
            return .cursor(CursorReply(namespace: "\(namespace)", documents: document.map { [$0] } ?? []))
        }
        return try context.firstBatch(of: namespace, batchSize: batchSize, single: isSingleBatch) { view in
            guard let collection = view.catalog[namespace] else { return nil }
            let query = try PlannedQuery(filter, matcher: matcher, sort: shape.sort, collection: collection, hint: hint)
            let source = FindSource(query, shape, limit: context.limit)
            return QueryCursor(namespace: "\(namespace)", query: query, limit: context.limit, source: source)
        }
    }
}
