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
            let change = try updating(statements[index], variables, context)
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
            let isMulti = !statement.flag("limit")
            if isMulti { try refuseRetry(context, "limit=0") }
            let filter = statement.document("q") ?? [:]
            let removal = Modification(
                filter: filter, matcher: try Matcher(filter: filter, variables: variables), action: .remove,
                maximum: isMulti ? .max : 1, hint: statement.hint)
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

    private static func updating(
        _ statement: BSONDocument, _ variables: Variables, _ context: CommandContext
    ) throws -> Modification {
        let isMulti = statement.flag("multi")
        if isMulti { try refuseRetry(context, "multi=true") }
        // `c` of a pipeline: constants beside the command's `let`.
        let variables = statement.document("c").map { Variables($0, now: variables.now) } ?? variables
        let filter = statement.document("q") ?? [:]
        let matcher = try Matcher(filter: filter, variables: variables)
        let updater = try Updater(
            update: statement["u"] ?? .null,
            arrayFilters: try statement.documents("arrayFilters", in: "update.updates"), variables: variables)
        if isMulti, updater.isReplacement {
            throw CommandError(.failedToParse, "multi update is not supported for replacement-style update")
        }
        return Modification(
            filter: filter, matcher: matcher,
            action: .update(
                updater, upserts: statement.flag("upsert"),
                validates: !context.body.flag("bypassDocumentValidation")),
            maximum: isMulti ? .max : 1, hint: statement.hint)
    }

    private static func refuseRetry(_ context: CommandContext, _ what: String) throws {
        let session = context.request.session
        if session.transactionNumber != nil, !session.isInTransaction {
            throw CommandError(.invalidOptions, "Cannot use (or request) retryable writes with \(what)")
        }
    }

    private static func findAndModification(_ context: CommandContext) throws -> Modification {
        let body = context.body
        let update = body["update"]
        if body.flag("remove") {
            let contradiction =
                update != nil
                ? "an update" : body.flag("upsert") ? "upsert=true" : body.flag("new") ? "new=true" : nil
            if let contradiction {
                throw CommandError(.failedToParse, "Cannot specify both \(contradiction) and remove=true")
            }
        } else if update == nil {
            throw CommandError(.failedToParse, "Either an update or remove=true must be specified")
        }
        let variables = body.variables
        let filter = body.document("query") ?? [:]
        let matcher = try Matcher(filter: filter, variables: variables)
        let action = try update.map { update -> Modification.Action in
            let updater = try Updater(
                update: update, arrayFilters: try body.documents("arrayFilters", in: "findAndModify"),
                variables: variables)
            return .update(
                updater, upserts: body.flag("upsert"), validates: !body.flag("bypassDocumentValidation"))
        }
        return Modification(
            filter: filter, matcher: matcher, action: action ?? .remove,
            sort: try body.document("sort").map { try SortPattern($0) }, hint: body.hint)
    }
}
