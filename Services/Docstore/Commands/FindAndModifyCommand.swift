import BSON

/// `findAndModify`
struct FindAndModifyCommand: Command {
    static let name = "findAndModify"
    static let aliases = ["findandmodify"]
    static let traits: CommandTraits = [.inTransaction, .retryable]
    static let options: Set<String> = [
        "query", "sort", "remove", "update", "new", "fields", "upsert", "bypassDocumentValidation", "arrayFilters",
        "hint", "collation", "let",
    ]

    private let namespace: Namespace
    private let filter: BSONDocument
    private let matcher: Matcher
    private let sort: SortPattern?
    private let update: UpdateStatement?
    private let projection: Projection?
    private let returnsNew: Bool
    private let hint: BSONValue?

    init(_ request: CommandRequest) throws {
        namespace = try request.namespace()
        let arguments = CommandArguments(request)
        try arguments.refuse(["collation"])
        filter = try arguments.document("query") ?? [:]
        let removes = try arguments.bool("remove")
        returnsNew = try arguments.bool("new")
        let isUpsert = try arguments.bool("upsert")
        let change = request.body["update"]
        try Self.check(removes: removes, change: change, isUpsert: isUpsert, returnsNew: returnsNew)
        let variables = Variables(try arguments.document("let") ?? [:], now: Clock.wall)
        matcher = try Matcher(filter: filter, variables: variables)
        sort = try arguments.document("sort").map { try SortPattern($0) }
        hint = request.body["hint"].flatMap { $0.documentValue?.isEmpty == true ? nil : $0 }
        let fields = try arguments.document("fields") ?? [:]
        projection = fields.isEmpty ? nil : try Projection(fields, variables: variables)
        if let change {
            update = UpdateStatement(
                filter: filter, matcher: matcher,
                updater: try Updater(
                    update: change, arrayFilters: try arguments.documents("arrayFilters"), variables: variables),
                isMulti: false, isUpsert: isUpsert, hint: hint, sort: sort,
                bypassesValidation: try arguments.bool("bypassDocumentValidation"))
        } else {
            update = nil
        }
    }

    private static func check(removes: Bool, change: BSONValue?, isUpsert: Bool, returnsNew: Bool) throws {
        func fail(_ message: String) -> CommandError { CommandError(.failedToParse, message) }
        if removes {
            if change != nil { throw fail("Cannot specify both an update and remove=true") }
            if isUpsert { throw fail("Cannot specify both upsert=true and remove=true") }
            if returnsNew {
                throw fail(
                    "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document")
            }
        } else if change == nil {
            throw fail("Either an update or remove=true must be specified")
        }
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        try namespace.requireWritable()
        let execution = WriteExecution(context: context, isOrdered: true)
        var reply = BSONDocument()
        let outcome = try execution.run(count: 1) { _, writer in
            reply = try answer(writer, context)
            return StatementResult(reply: reply)
        }
        if let error = outcome.errors.first?.error {
            throw error.during("Plan executor error during findAndModify")
        }
        if reply.isEmpty, let first = outcome.results.first?.result.reply { reply = first }
        return .document(reply)
    }

    private func answer(_ writer: any DocumentWriter, _ context: CommandContext) throws -> BSONDocument {
        guard let update else { return try remove(writer, context) }
        let change = try update.run(writer, namespace, context)
        var last: BSONDocument = [
            "n": .int32(change.matchedCount == 0 && change.upsertedID == nil ? 0 : 1),
            "updatedExisting": .bool(change.matchedCount > 0),
        ]
        last.append("upserted", ifPresent: change.upsertedID)
        let shown = returnsNew ? change.after : change.before
        return ["lastErrorObject": .document(last), "value": try value(shown, position: change.position)]
    }

    private func remove(_ writer: any DocumentWriter, _ context: CommandContext) throws -> BSONDocument {
        var match: MatchedDocument?
        if let collection = writer.catalog[namespace] {
            let query = try PlannedQuery(filter, matcher: matcher, sort: sort, collection: collection, hint: hint)
            match = try FirstMatch.find(query, sort: sort, writer, context)
            if let match { try writer.delete(match.record, match.parsed(), from: collection) }
        }
        return [
            "lastErrorObject": ["n": .int32(match == nil ? 0 : 1)],
            "value": try value(match?.parsed(), position: match?.position),
        ]
    }

    private func value(_ document: BSONDocument?, position: Int?) throws -> BSONValue {
        guard let document else { return .null }
        guard let projection else { return .document(document) }
        return .document(try projection.apply(document, position: position))
    }
}
