import BSON

extension Command {
    static let find = Command(
        "find", .inTransaction,
        options: [
            .document: "filter sort projection let", .hint: "hint", .count: "skip limit batchSize",
            .bool: "singleBatch allowDiskUse noCursorTimeout allowPartialResults oplogReplay readOnce",
            .lacking: "collation tailable awaitData min max returnKey showRecordId",
        ]
    ) { context in
        let request = try QueryRequest(context.request, filter: "filter")
        let batchSize = context.body.count("batchSize")
        if let id = request.query.plainID, batchSize != 0, context.transaction == nil {
            let collection = context.store.catalog[request.namespace]
            let document = try collection.flatMap { try context.store.document(in: $0, id: id) }
            return .batch(document.map { [$0] } ?? [], of: request.namespace, isListing: collection == nil)
        }
        return try context.firstBatch(batchSize ?? 101, isSingle: context.body.flag("singleBatch")) {
            try request.cursor(in: $0, for: context)
        }
    }

    static let aggregate = Command(
        "aggregate", [.inTransaction, .writes],
        options: [
            .array: "pipeline!", .document: "cursor let", .bool: "explain allowDiskUse bypassDocumentValidation",
            .hint: "hint", .lacking: "collation",
        ]
    ) { context in
        let batchSize = try context.cursorBatchSize()
        let explains = context.body.flag("explain")
        try require(explains || context.body["cursor"] != nil, .failedToParse, "The 'cursor' option is required")
        let request = try QueryRequest(aggregate: context.request)
        if explains { return try request.explanation(context, withStatistics: false) }
        return try context.firstBatch(batchSize ?? 101) { try request.cursor(in: $0, for: context) }
    }

    static let count = Command(
        "count",
        options: [
            .document: "query", .number: "limit", .count: "skip", .hint: "hint", .any: "fields", .lacking: "collation",
        ]
    ) { context in
        let request = try QueryRequest(context.request, filter: "query")
        return try context.store.read { view in
            if request.query.isWholeCollection, let collection = view.catalog[request.namespace] {
                return ["n": .int(try view.count(collection))]
            }
            return ["n": .int(try request.matches(in: view, context.limit)?.count(in: view) ?? 0)]
        }
    }

    static let distinct = Command(
        "distinct", .inTransaction,
        options: [.string: "key!", .document: "query", .hint: "hint", .lacking: "collation"]
    ) { context in
        let request = try QueryRequest(context.request, filter: "query")
        let path = FieldPath(context.body.string("key") ?? "")
        var seen: Set<ValueKey> = []
        var values: [BSONValue] = []
        try context.read { view in
            let matches = try request.matches(in: view, context.limit)
            while let match = try matches?.nextMatch(in: view) {
                values += try path.values(in: match.parsed()).filter { seen.insert(ValueKey($0)).inserted }
            }
        }
        return ["values": .array(values.sorted { MongoOrder.compare($0, $1) < 0 })]
    }

    static let getMore = Command(
        "getMore", .inTransaction,
        options: [.string: "collection!", .count: "batchSize", .any: "term lastKnownCommittedOpTime"]
    ) { context in
        guard case .int64(let id) = context.request.argument else {
            throw CommandError.wrongType("getMore.getMore", context.request.argument, expected: "long")
        }
        let namespace = try context.request.namespace(context.body.string("collection") ?? "")
        let cursor = try context.server.cursors.take(id).orThrow(.init(.cursorNotFound, "cursor id \(id) not found"))
        var isKept = true
        defer { if isKept { context.server.cursors.put(cursor, id: id) } }
        try require(namespace == cursor.namespace, .unauthorized, "Cursor \(id) is one of \(cursor.namespace)")
        try cursor.check(context.request.session)
        cursor.limit.deadline = context.limit.deadline
        return try context.read { view in
            isKept = cursor.canGoOn(in: view)
            try require(isKept, .queryPlanKilled, "collection dropped or index gone. UUID of \(namespace)")
            let size = context.body.count("batchSize").flatMap { $0 == 0 ? nil : $0 }
            let documents = try cursor.batch(size, endsWhenFull: true, in: view)
            isKept = !cursor.isExhausted
            return .batch(documents, of: namespace, id: isKept ? id : 0, as: "nextBatch")
        }
    }

    static let killCursors = Command("killCursors", .inTransaction, options: [.array: "cursors!"]) { context in
        _ = try context.request.namespace()
        var (killed, unknown): ([BSONValue], [BSONValue]) = ([], [])
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
