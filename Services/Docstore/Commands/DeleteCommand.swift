import BSON

/// `delete`
struct DeleteCommand: Command {
    static let name = "delete"
    static let traits: CommandTraits = [.inTransaction, .retryable]
    static let options: Set<String> = ["deletes", "ordered", "let"]

    private static let statementFields: Set<String> = ["q", "limit", "hint", "collation"]

    private let namespace: Namespace
    private let statements: [BSONDocument]
    private let isOrdered: Bool
    private let variables: Variables
    private let isRetryable: Bool

    init(_ request: CommandRequest) throws {
        namespace = try request.namespace()
        statements = try WriteDocuments("deletes", request).all()
        let arguments = CommandArguments(request)
        isOrdered = request.body["ordered"] == nil ? true : try arguments.bool("ordered")
        variables = Variables(try arguments.document("let") ?? [:], now: Clock.wall)
        isRetryable = request.session.transactionNumber != nil && !request.session.isInTransaction
        for fields in statements {
            let statement = StatementFields("delete.deletes", fields, Self.statementFields)
            try statement.checkNames()
            _ = try statement.require("q")
            let limit = try Self.limit(statement)
            guard limit == 0 || limit == 1 else {
                throw CommandError(
                    .failedToParse, "The limit field in delete objects must be 0 or 1. Got \(limit)")
            }
        }
    }

    private static func limit(_ statement: StatementFields) throws -> Int64 {
        let value = try statement.require("limit")
        guard let number = Number(value) else {
            throw CommandError.wrongType("delete.deletes.limit", value, expected: "int")
        }
        return number.clampedInt64
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        try namespace.requireWritable()
        let execution = WriteExecution(context: context, isOrdered: isOrdered)
        let outcome = try execution.run(count: statements.count) { index, writer in
            let fields = StatementFields("delete.deletes", statements[index], Self.statementFields)
            try fields.refuseCollation()
            let isMulti = try Self.limit(fields) == 0
            if isMulti, isRetryable {
                throw CommandError(.invalidOptions, "Cannot use (or request) retryable writes with limit=0")
            }
            let filter = try fields.document("q")
            let matcher = try Matcher(filter: filter, variables: variables)
            guard let collection = writer.catalog[namespace] else { return StatementResult() }
            if let view = writer as? ConnectionView, let id = filter.plainID, fields.hint == nil {
                let found = try view.document(in: collection, id: KeyEncoder.encode(id))
                guard let found else { return StatementResult() }
                try writer.delete(found.record, BSONDocument(bytes: found.document), from: collection)
                return StatementResult(matched: 1)
            }
            let query = try PlannedQuery(
                filter, matcher: matcher, sort: nil, collection: collection, hint: fields.hint)
            return StatementResult(matched: try Self.remove(query, isMulti: isMulti, writer, context))
        }
        var reply: BSONDocument = ["n": .int32(Int32(outcome.results.reduce(0) { $0 + $1.result.matched }))]
        reply.append("writeErrors", ifPresent: outcome.writeErrors)
        return .document(reply)
    }

    /// - Returns: how many documents went.
    private static func remove(
        _ query: PlannedQuery, isMulti: Bool, _ writer: any DocumentWriter, _ context: CommandContext
    ) throws -> Int {
        let matches = MatchSource(query, limit: context.limit)
        var records: [RecordID] = []
        while let match = try matches.next(in: writer) {
            records.append(match.record)
            if !isMulti { break }
        }
        matches.pause()
        for record in records {
            guard let bytes = try writer.document(record) else { continue }
            try writer.delete(record, BSONDocument(bytes: bytes), from: query.collection)
        }
        return records.count
    }
}
