import BSON

extension Command {
    static let getMore = Command(
        "getMore", .inTransaction,
        options: [.string("collection").required, .count("batchSize"), .any("term", "lastKnownCommittedOpTime")]
    ) { context in
        guard case .int64(let id) = context.request.argument else {
            throw CommandError.wrongType("getMore.getMore", context.request.argument, expected: "long")
        }
        let namespace = try context.request.namespace(context.body.string("collection") ?? "")
        guard let cursor = context.server.cursors.take(id) else {
            throw CommandError(.cursorNotFound, "cursor id \(id) not found")
        }
        var isKept = true
        defer { if isKept { context.server.cursors.put(cursor, id: id) } }
        try check(cursor, id, namespace, context.request.session)
        cursor.limit.deadline = context.limit.deadline
        return try context.read { view in
            guard cursor.canGoOn(in: view) else {
                isKept = false
                throw CommandError(.queryPlanKilled, "collection dropped or index gone. UUID of \(namespace)")
            }
            let size = context.body.count("batchSize").flatMap { $0 == 0 ? nil : $0 }
            let documents = try cursor.batch(size, peeks: true, in: view)
            isKept = !cursor.isExhausted
            return .cursor(
                CursorReply(id: isKept ? id : 0, namespace: namespace, field: "nextBatch", documents: documents))
        }
    }

    private static func check(
        _ cursor: QueryCursor, _ id: Int64, _ namespace: Namespace, _ session: SessionOptions
    ) throws {
        guard namespace == cursor.namespace else {
            throw CommandError(.unauthorized, "Cursor \(id) belongs to \(cursor.namespace), not to \(namespace)")
        }
        guard cursor.session == session.id else {
            throw CommandError(code: 50738, "Cursor \(id) was created in another session, or in none")
        }
        guard cursor.transactionNumber == (session.isInTransaction ? session.transactionNumber : nil) else {
            throw CommandError(code: 50741, "Cursor \(id) was created in another transaction, or in none")
        }
    }

    static let killCursors = Command(
        "killCursors", .inTransaction, options: [.array("cursors").required]
    ) { context in
        _ = try context.request.namespace()
        var killed: [BSONValue] = []
        var unknown: [BSONValue] = []
        for value in context.body.array("cursors") ?? [] {
            guard let id = value.int64Value else {
                throw CommandError.wrongType("killCursors.cursors", value, expected: "long")
            }
            if context.server.cursors.take(id) != nil { killed.append(.int64(id)) } else { unknown.append(.int64(id)) }
        }
        return [
            "cursorsKilled": .array(killed), "cursorsNotFound": .array(unknown), "cursorsAlive": [],
            "cursorsUnknown": [],
        ]
    }
}
