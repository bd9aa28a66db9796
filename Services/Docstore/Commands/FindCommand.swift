import BSON

extension Command {
    static let find = Command(
        "find", .inTransaction,
        options: [
            .document("filter", "sort", "projection", "let"), .any("hint"), .count("skip", "limit", "batchSize"),
            .bool("singleBatch", "allowDiskUse", "noCursorTimeout", "allowPartialResults", "oplogReplay", "readOnce"),
            .lacking("collation", "tailable", "awaitData", "min", "max", "returnKey", "showRecordId"),
        ]
    ) { context in
        let find = try FindRequest(context.request)
        let batchSize = context.body.count("batchSize")
        if let id = find.plainID, batchSize != 0, context.transaction == nil {
            let collection = context.store.catalog[find.namespace]
            let document = try collection.flatMap { try context.store.document(in: $0, id: id) }
            return .cursor(
                CursorReply(
                    namespace: find.namespace, documents: document.map { [$0] } ?? [],
                    namesBatchLast: collection == nil))
        }
        return try context.firstBatch(batchSize ?? 101, isSingle: context.body.flag("singleBatch")) { view in
            guard let collection = view.catalog[find.namespace] else { return nil }
            let query = try find.planned(in: collection)
            return QueryCursor(
                find.namespace, over: query, FindSource(query, find.shape, context.limit), for: context)
        }
    }

    /// - Returns: nil for none.
    static func projection(_ fields: BSONDocument?, _ variables: Variables) throws -> Projection? {
        guard let fields, !fields.isEmpty else { return nil }
        return try Projection(fields, variables: variables)
    }

    static let count = Command(
        "count",
        options: [.document("query"), .long("limit"), .count("skip"), .any("hint", "fields"), .lacking("collation")]
    ) { context in
        let find = try FindRequest(context.request, filter: "query")
        let skip = context.body.count("skip") ?? 0
        // A negative limit counts as its magnitude.
        let limit = context.body.count("limit").flatMap { $0 == 0 ? nil : Int(clamping: $0.magnitude) } ?? .max
        let counted = try context.read { view -> Int in
            guard let collection = view.catalog[find.namespace] else { return 0 }
            if find.filter.isEmpty, find.hint == nil, let view = view as? ConnectionView {
                return try view.count(collection)
            }
            let matches = MatchSource(try find.planned(in: collection), context.limit)
            var count = 0
            while count - skip < limit, try matches.next(in: view) != nil { count += 1 }
            return count
        }
        return ["n": .int32(Int32(clamping: min(limit, max(0, counted - skip))))]
    }

    static let distinct = Command(
        "distinct", .inTransaction,
        options: [.string("key").required, .document("query"), .any("hint"), .lacking("collation")]
    ) { context in
        let find = try FindRequest(context.request, filter: "query")
        let path = FieldPath(context.body.string("key") ?? "")
        var seen: Set<ValueKey> = []
        var values: [BSONValue] = []
        try context.read { view in
            guard let collection = view.catalog[find.namespace] else { return }
            let matches = MatchSource(try find.planned(in: collection), context.limit)
            while let match = try matches.next(in: view) {
                _ = try path.visit(match.parsed(), leaf: .traverse) { value, _ throws(CommandError) in
                    if let value, !value.isArray, seen.insert(ValueKey(value)).inserted { values.append(value) }
                    return false
                }
            }
        }
        return ["values": .array(values.sorted { MongoOrder.compare($0, $1) < 0 })]
    }
}

/// What a command looks for.
struct FindRequest {
    let namespace: Namespace
    let filter: BSONDocument
    let hint: BSONValue?
    var shape = FindSource.Shape()
    private let matcher: Matcher

    /// - Parameter filter: the name of the argument that is the query.
    init(_ request: CommandRequest, filter name: String = "filter") throws {
        namespace = try request.namespace()
        let body = request.body
        filter = body.document(name) ?? [:]
        hint = body.hint
        let variables = body.variables
        matcher = try Matcher(filter: filter, variables: variables)
        if name != "filter" { return }
        shape.skip = body.count("skip") ?? 0
        shape.limit = body.count("limit").flatMap { $0 == 0 ? nil : $0 }
        // `{$natural: ±1}` is an order too: the one documents are found in.
        shape.sort = try body.document("sort").map { try SortPattern($0.first?.key == "$natural" ? [:] : $0) }
        shape.projection = try Command.projection(body.document("projection"), variables)
    }

    /// The `_id` that is all it asks for.
    var plainID: BSONValue? {
        shape.projection == nil && shape.skip == 0 && hint == nil ? filter.plainID : nil
    }

    func planned(in collection: CollectionInfo) throws -> PlannedQuery {
        try PlannedQuery(filter, matcher, sort: shape.sort, hint: hint, in: collection)
    }
}
