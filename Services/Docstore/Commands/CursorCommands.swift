import BSON

extension Command {
    static let getMore = Command(
        "getMore", .inTransaction,
        options: [
            .string: "collection", .count: "batchSize", .any: "term lastKnownCommittedOpTime", .required: "collection",
        ]
    ) { context in
        guard case .int64(let id) = context.request.argument else {
            throw CommandError.wrongType("getMore.getMore", context.request.argument, expected: "long")
        }
        let namespace = try context.request.namespace(context.body.string("collection") ?? "")
        let cursor = try require(context.server.cursors.take(id), .cursorNotFound, "cursor id \(id) not found")
        var isKept = true
        defer { if isKept { context.server.cursors.put(cursor, id: id) } }
        try require(namespace == cursor.namespace, .unauthorized, "Cursor \(id) is one of \(cursor.namespace)")
        if let code = cursor.refusal(of: context.request.session) {
            throw CommandError(code: code, "Cursor \(id) was created in another session or transaction, or in none")
        }
        cursor.limit.deadline = context.limit.deadline
        return try context.read { view in
            isKept = cursor.canGoOn(in: view)
            try require(isKept, .queryPlanKilled, "collection dropped or index gone. UUID of \(namespace)")
            let size = context.body.count("batchSize").flatMap { $0 == 0 ? nil : $0 }
            let documents = try cursor.batch(size, peeks: true, in: view)
            isKept = !cursor.isExhausted
            return .batch(documents, of: namespace, id: isKept ? id : 0, as: "nextBatch")
        }
    }

    static let killCursors = Command(
        "killCursors", .inTransaction, options: [.array: "cursors", .required: "cursors"]
    ) { context in
        _ = try context.request.namespace()
        var killed: [BSONValue] = []
        var unknown: [BSONValue] = []
        for value in context.body.array("cursors") ?? [] {
            let id = try value.int64Value.orThrow(.wrongType("killCursors.cursors", value, expected: "long"))
            if context.server.cursors.take(id) != nil { killed.append(.int64(id)) } else { unknown.append(.int64(id)) }
        }
        return [
            "cursorsKilled": .array(killed), "cursorsNotFound": .array(unknown), "cursorsAlive": [],
            "cursorsUnknown": [],
        ]
    }
}
