import BSON

extension Command {
    static let update = Command(
        "update", [.inTransaction, .retryable],
        options: [.array: "updates!", .bool: "ordered bypassDocumentValidation", .document: "let"]
    ) { context in try modify(context, "updates", updateFields).reply(countsModified: true) }

    static let delete = Command(
        "delete", [.inTransaction, .retryable], options: [.array: "deletes!", .bool: "ordered", .document: "let"]
    ) { context in try modify(context, "deletes", deleteFields).reply() }

    private static let updateFields: Options = [
        .document: "q! c", .any: "u!", .hint: "hint", .bool: "multi upsert", .array: "arrayFilters",
        .lacking: "collation",
    ]
    private static let deleteFields: Options = [
        .document: "q!", .number: "limit!", .hint: "hint", .lacking: "collation",
    ]

    /// Runs the statements in the argument `field`; all are checked before the first is run.
    private static func modify(_ context: CommandContext, _ field: String, _ known: Options) throws -> WriteBatch {
        let request = context.request
        let namespace = try request.writableNamespace()
        let statements = try request.statements(field).map { try BSONDocument(bytes: $0) }
        for statement in statements {
            let place = "\(request.name).\(field)"
            try known.check(statement, in: place)
            _ = try statement.documents("arrayFilters", in: place)
            if let update = statement["u"] { try Updater.checkForm(update) }
            guard let limit = statement["limit"] else { continue }
            let isKnown = [0, 1].contains(Number(limit)?.doubleValue)
            try require(isKnown, .failedToParse, "The limit field in delete objects must be 0 or 1. Got \(limit)")
        }
        let variables = try context.body.variables()
        return try WriteBatch(context, count: statements.count) { index, writer in
            let statement = statements[index]
            // `c` of a pipeline: constants beside the command's `let`.
            let variables = statement.document("c").map { Variables($0, now: variables.now) } ?? variables
            var change = try Modification(statement, query: "q", update: statement["u"], variables, context)
            if statement["u"] != nil, !statement.flag("multi") { change.query.limit = 1 }
            if change.query.limit == nil {
                let isPlain = request.session.transactionNumber == nil || request.session.isInTransaction
                try require(isPlain, .invalidOptions, "Cannot use retryable writes with multi=true or limit=0")
                let isReplacement = change.updater?.isReplacement == true
                try require(!isReplacement, .failedToParse, "multi update is not for replacements")
            }
            return try change.run(on: namespace, writer, context.limit)
        }
    }

    static let findAndModify = Command(
        "findAndModify", aliases: ["findandmodify"], [.inTransaction, .retryable],
        options: [
            .document: "query sort fields let", .bool: "remove new upsert bypassDocumentValidation",
            .any: "update", .hint: "hint", .array: "arrayFilters", .lacking: "collation",
        ]
    ) { context in
        let body = context.body
        let namespace = try context.request.writableNamespace()
        let (removes, returnsNew) = (body.flag("remove"), body.flag("new"))
        try require(removes == (body["update"] == nil), .failedToParse, "Either an update or remove=true is needed")
        let makesSense = !removes || !returnsNew && !body.flag("upsert") && body["arrayFilters"] == nil
        try require(makesSense, .failedToParse, "Cannot specify new, upsert or arrayFilters with remove=true")
        let variables = try body.variables()
        var change = try Modification(body, query: "query", update: body["update"], variables, context)
        change.query.limit = 1
        let projection = try body.projection("fields", variables)
        let batch = try WriteBatch(context) { [change] _, writer in
            let result = try change.run(on: namespace, writer, context.limit)
            var last: BSONDocument = ["n": .int(result.matched)]
            if !removes { last.append("updatedExisting", .bool(result.before != nil)) }
            last.append("upserted", ifPresent: result.upserted)
            let shown = try (returnsNew ? result.after : result.before).map {
                try projection?.apply($0, position: result.position) ?? $0
            }
            let value = shown.map { BSONValue.document($0) } ?? .null
            return StatementResult(reply: ["lastErrorObject": .document(last), "value": value])
        }
        if let error = batch.errors.first?.error { throw error.during("Plan executor error during findAndModify") }
        return .document(batch.last.reply ?? [:])
    }
}
