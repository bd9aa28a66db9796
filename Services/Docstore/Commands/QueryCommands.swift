import BSON

extension Command {
    static let find = Command(
        "find", .inTransaction,
        options: [
            .document: "filter sort projection let", .any: "hint", .count: "skip limit batchSize",
            .bool: "singleBatch allowDiskUse noCursorTimeout allowPartialResults oplogReplay readOnce",
            .lacking: "collation tailable awaitData min max returnKey showRecordId",
        ]
    ) { context in
        let query = try QueryRequest(context.request, filter: "filter")
        let batchSize = context.body.count("batchSize")
        if let id = query.plainID, batchSize != 0, context.transaction == nil {
            let collection = context.store.catalog[query.namespace]
            let document = try collection.flatMap { try context.store.document(in: $0, id: id) }
            return .batch(document.map { [$0] } ?? [], of: query.namespace, isListing: collection == nil)
        }
        return try context.firstBatch(batchSize ?? 101, isSingle: context.body.flag("singleBatch")) {
            try query.cursor(in: $0, for: context)
        }
    }

    static let aggregate = Command(
        "aggregate", .inTransaction,
        options: [
            .array: "pipeline", .document: "cursor let", .bool: "explain allowDiskUse bypassDocumentValidation",
            .any: "hint", .lacking: "collation", .required: "pipeline",
        ]
    ) { context in
        let batchSize = try context.cursorBatchSize()
        let explains = context.body.flag("explain")
        try require(explains || context.body["cursor"] != nil, .failedToParse, "The 'cursor' option is required")
        let query = try QueryRequest(aggregate: context.request)
        if explains { return try query.explanation(context, withStatistics: false) }
        return try context.firstBatch(batchSize ?? 101) { try query.cursor(in: $0, for: context) }
    }

    static let count = Command(
        "count",
        options: [.document: "query", .number: "limit", .count: "skip", .any: "hint fields", .lacking: "collation"]
    ) { context in
        let request = try QueryRequest(context.request, filter: "query")
        let counted = try context.store.read { view -> Int in
            if request.isWholeCollection { return try view.catalog[request.namespace].map { try view.count($0) } ?? 0 }
            return try request.matches(in: view, context.limit)?.count(in: view) ?? 0
        }
        return ["n": .int32(Int32(clamping: counted))]
    }

    static let distinct = Command(
        "distinct", .inTransaction,
        options: [.string: "key", .document: "query", .any: "hint", .lacking: "collation", .required: "key"]
    ) { context in
        let request = try QueryRequest(context.request, filter: "query")
        let path = FieldPath(context.body.string("key") ?? "")
        var seen: Set<ValueKey> = []
        var values: [BSONValue] = []
        try context.read { view in
            let matches = try request.matches(in: view, context.limit)
            while let match = try matches?.nextMatch(in: view) {
                _ = try path.visit(match.parsed()) { value, _ throws(CommandError) in
                    if let value, value.arrayValue == nil, seen.insert(ValueKey(value)).inserted {
                        values.append(value)
                    }
                    return false
                }
            }
        }
        return ["values": .array(values.sorted { MongoOrder.compare($0, $1) < 0 })]
    }
}
