import BSON

extension Command {
    static let update = Command(
        "update", [.inTransaction, .retryable],
        options: [.array("updates").required, .bool("ordered", "bypassDocumentValidation"), .document("let")]
    ) { context in
        let namespace = try context.request.writableNamespace()
        let statements = try WriteStatements("updates", of: context.request)
            .checked(by: updateFields, in: "update.updates")
        let variables = context.body.variables
        return try WriteBatch(context, count: statements.count) { index, writer in
            let statement = statements[index]
            // `c` of a pipeline: constants beside the command's `let`.
            let variables = statement.document("c").map { Variables($0, now: variables.now) } ?? variables
            var change = try modification(statement, "q", update: statement["u"], variables, context)
            if statement.flag("multi") { try change.extendToAll(context, asking: "multi=true") }
            return try change.run(on: namespace, writer, context.limit).result
        }.reply(countsModified: true)
    }

    static let delete = Command(
        "delete", [.inTransaction, .retryable],
        options: [.array("deletes").required, .bool("ordered"), .document("let")]
    ) { context in
        let namespace = try context.request.writableNamespace()
        let statements = try WriteStatements("deletes", of: context.request)
            .checked(by: deleteFields, in: "delete.deletes")
        for limit in statements.compactMap({ Number($0["limit"] ?? .null)?.clampedInt64 })
        where limit != 0 && limit != 1 {
            throw CommandError(.failedToParse, "The limit field in delete objects must be 0 or 1. Got \(limit)")
        }
        let variables = context.body.variables
        return try WriteBatch(context, count: statements.count) { index, writer in
            let statement = statements[index]
            var removal = try modification(statement, "q", update: nil, variables, context)
            if !statement.flag("limit") { try removal.extendToAll(context, asking: "limit=0") }
            return try removal.run(on: namespace, writer, context.limit).result
        }.reply()
    }

    static let findAndModify = Command(
        "findAndModify", aliases: ["findandmodify"], [.inTransaction, .retryable],
        options: [
            .document("query", "sort", "fields", "let"), .bool("remove", "new", "upsert", "bypassDocumentValidation"),
            .any("update", "hint"), .array("arrayFilters"), .lacking("collation"),
        ]
    ) { context in
        let namespace = try context.request.writableNamespace()
        let change = try findAndModification(context)
        let projection = try projection(context.body.document("fields"), context.body.variables)
        let returnsNew = context.body.flag("new")
        let batch = try WriteBatch(context) { _, writer in
            let outcome = try change.run(on: namespace, writer, context.limit)
            var last: BSONDocument = ["n": .int32(Int32(outcome.result.matched))]
            if case .update = change.action { last.append("updatedExisting", .bool(outcome.matchedCount > 0)) }
            last.append("upserted", ifPresent: outcome.upsertedID)
            let shown = try (returnsNew ? outcome.after : outcome.before).map {
                try projection?.apply($0, position: outcome.position) ?? $0
            }
            let value = shown.map { BSONValue.document($0) } ?? .null
            return StatementResult(reply: ["lastErrorObject": .document(last), "value": value])
        }
        if let error = batch.errors.first?.error { throw error.during("Plan executor error during findAndModify") }
        return .document(batch.results.first?.result.reply ?? [:])
    }

    private static let updateFields: Options = [
        .document("q").required, .any("u").required, .bool("multi", "upsert"), .array("arrayFilters"), .any("hint"),
        .document("c"), .lacking("collation"),
    ]
    private static let deleteFields: Options = [
        .document("q").required, .long("limit").required, .any("hint"), .lacking("collation"),
    ]

    /// - Parameter query: the name of the field that is the query.
    private static func modification(
        _ fields: BSONDocument, _ query: String, update: BSONValue?, _ variables: Variables, _ context: CommandContext
    ) throws -> Modification {
        let filter = fields.document(query) ?? [:]
        let matcher = try Matcher(filter: filter, variables: variables)
        var modification = Modification(filter: filter, matcher: matcher, action: .remove, hint: fields.hint)
        if let update {
            let filters = try fields.documents("arrayFilters", in: context.request.name)
            modification.action = .update(
                try Updater(update: update, arrayFilters: filters, variables: variables),
                upserts: fields.flag("upsert"), validates: !context.body.flag("bypassDocumentValidation"))
        }
        return modification
    }

    private static func findAndModification(_ context: CommandContext) throws -> Modification {
        let body = context.body
        let update = body["update"]
        let contradictions = [
            ("an update", update != nil), ("upsert=true", body.flag("upsert")), ("new=true", body.flag("new")),
        ]
        if !body.flag("remove"), update == nil {
            throw CommandError(.failedToParse, "Either an update or remove=true must be specified")
        }
        if body.flag("remove"), let other = contradictions.first(where: \.1) {
            throw CommandError(.failedToParse, "Cannot specify both \(other.0) and remove=true")
        }
        var modification = try modification(body, "query", update: update, body.variables, context)
        modification.sort = try body.document("sort").map { try SortPattern($0) }
        return modification
    }
}

extension Modification {
    /// Lets it be about every document that matches, where that may be.
    fileprivate mutating func extendToAll(_ context: CommandContext, asking what: String) throws {
        let session = context.request.session
        if session.transactionNumber != nil, !session.isInTransaction {
            throw CommandError(.invalidOptions, "Cannot use (or request) retryable writes with \(what)")
        }
        if case .update(let updater, _, _) = action, updater.isReplacement {
            throw CommandError(.failedToParse, "multi update is not supported for replacement-style update")
        }
        maximum = .max
    }
}
