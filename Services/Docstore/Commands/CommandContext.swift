import BSON

struct CommandContext {
    let server: Server
    let connection: Connection
    let request: CommandRequest
    let limit: TimeLimit
    let transaction: Transaction?

    var store: Store { server.store }
    var body: BSONDocument { request.body }

    func read<R>(_ body: (any StoreView) throws -> R) throws -> R {
        if let transaction { return try body(transaction) }
        return try store.read { try body($0) }
    }

    func write<R>(_ body: (any DocumentWriter) throws -> R) throws -> R {
        if let transaction { return try body(transaction) }
        return try store.write { try body($0) }
    }

    /// `batchSize` in the argument `cursor`.
    func cursorBatchSize() throws -> Int? {
        guard let cursor = body.document("cursor") else { return nil }
        try ([.count: "batchSize"] as Options).check(cursor, in: "\(request.name).cursor")
        return cursor.count("batchSize")
    }

    /// Answers with the first batch of a new cursor and keeps the cursor if there is more.
    /// - Parameter open: makes the cursor over the same state that the batch is read from; nil for no documents.
    func firstBatch(
        _ size: Int?, isSingle: Bool = false, isListing: Bool = false, _ open: (any StoreView) throws -> QueryCursor?
    ) throws -> CommandReply {
        try read { view in
            guard let cursor = try open(view) else { return .batch([], of: try request.namespace(), isListing: true) }
            let documents = try cursor.batch(size, endsWhenFull: request.name != "aggregate" && size != 0, in: view)
            let id = isSingle || cursor.isExhausted ? 0 : server.cursors.add(cursor)
            return .batch(documents, of: cursor.namespace, id: id, isListing: isListing)
        }
    }

    func listing(_ namespace: Namespace, _ list: (Catalog) throws -> [BSONDocument]) throws -> CommandReply {
        try firstBatch(try cursorBatchSize(), isListing: true) { view in
            QueryCursor(namespace, over: nil, FixedSource(try list(view.catalog)), for: self)
        }
    }
}
