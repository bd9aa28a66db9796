import BSON

/// `update`
struct UpdateCommand: Command {
    static let name = "update"
    static let traits: CommandTraits = [.inTransaction, .retryable]
    static let options: Set<String> = ["updates", "ordered", "bypassDocumentValidation", "let"]

    private static let statementFields: Set<String> = [
        "q", "u", "multi", "upsert", "arrayFilters", "hint", "c", "collation",
    ]

    private let namespace: Namespace
    private let statements: [BSONDocument]
    private let isOrdered: Bool
    private let bypassesValidation: Bool
    private let variables: Variables
    private let isRetryable: Bool

    init(_ request: CommandRequest) throws {
        namespace = try request.namespace()
        statements = try WriteDocuments("updates", request).all()
        let arguments = CommandArguments(request)
        isOrdered = request.body["ordered"] == nil ? true : try arguments.bool("ordered")
        bypassesValidation = try arguments.bool("bypassDocumentValidation")
        variables = Variables(try arguments.document("let") ?? [:], now: Clock.wall)
        isRetryable = request.session.transactionNumber != nil && !request.session.isInTransaction
        for fields in statements {
            let statement = StatementFields("update.updates", fields, Self.statementFields)
            try statement.checkNames()
            _ = try statement.require("q")
            _ = try statement.require("u")
        }
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        try namespace.requireWritable()
        let execution = WriteExecution(context: context, isOrdered: isOrdered)
        let outcome = try execution.run(count: statements.count) { index, writer in
            let statement = try parse(StatementFields("update.updates", statements[index], Self.statementFields))
            let change = try statement.run(writer, namespace, context)
            return StatementResult(
                matched: change.upsertedID == nil ? change.matchedCount : 1, modified: change.modifiedCount,
                upserted: change.upsertedID)
        }
        return .document(reply(outcome))
    }

    private func reply(_ outcome: WriteExecution.Outcome) -> BSONDocument {
        var upserted: [BSONValue] = []
        for (index, result) in outcome.results {
            if let id = result.upserted { upserted.append(.document(["index": .int32(Int32(index)), "_id": id])) }
        }
        var reply: BSONDocument = [
            "n": .int32(Int32(outcome.results.reduce(0) { $0 + $1.result.matched })),
            "nModified": .int32(Int32(outcome.results.reduce(0) { $0 + $1.result.modified })),
        ]
        if !upserted.isEmpty { reply.append("upserted", .array(upserted)) }
        reply.append("writeErrors", ifPresent: outcome.writeErrors)
        return reply
    }

    private func parse(_ fields: StatementFields) throws -> UpdateStatement {
        let isMulti = try fields.bool("multi")
        if isMulti, isRetryable {
            throw CommandError(.invalidOptions, "Cannot use (or request) retryable writes with multi=true")
        }
        try fields.refuseCollation()
        let filter = try fields.document("q")
        let variables = try fields.constants(over: variables)
        let statement = UpdateStatement(
            filter: filter, matcher: try Matcher(filter: filter, variables: variables),
            updater: try Updater(
                update: try fields.require("u"), arrayFilters: try fields.documents("arrayFilters"),
                variables: variables),
            isMulti: isMulti, isUpsert: try fields.bool("upsert"), hint: fields.hint, sort: nil,
            bypassesValidation: bypassesValidation)
        if isMulti, statement.updater.isReplacement {
            throw CommandError(.failedToParse, "multi update is not supported for replacement-style update")
        }
        return statement
    }
}

/// One statement of an `update` or `delete`, read with MongoDB's answers to what does not fit.
struct StatementFields {
    private let place: String
    private let body: BSONDocument
    private let known: Set<String>

    init(_ place: String, _ body: BSONDocument, _ known: Set<String>) {
        self.place = place
        self.body = body
        self.known = known
    }

    func checkNames() throws {
        for key in body.keys where !known.contains(key) {
            throw CommandError(code: 40415, "BSON field '\(place).\(key)' is an unknown field.")
        }
    }

    func require(_ field: String) throws -> BSONValue {
        guard let value = body[field] else {
            throw CommandError(code: 40414, "BSON field '\(place).\(field)' is missing but a required field")
        }
        return value
    }

    func document(_ field: String) throws -> BSONDocument {
        let value = try require(field)
        guard case .document(let document) = value else { throw wrongType(field, value, "object") }
        return document
    }

    func array(_ field: String) throws -> [BSONValue]? {
        guard let value = body[field] else { return nil }
        guard case .array(let values) = value else { throw wrongType(field, value, "array") }
        return values
    }

    func documents(_ field: String) throws -> [BSONDocument] {
        try (array(field) ?? []).enumerated().map { index, value in
            guard case .document(let document) = value else { throw wrongType("\(field).\(index)", value, "object") }
            return document
        }
    }

    func bool(_ field: String) throws -> Bool {
        guard let value = body[field] else { return false }
        if Number(value) != nil { return value.isTruthy }
        guard case .bool(let flag) = value else { throw wrongType(field, value, "bool") }
        return flag
    }

    var hint: BSONValue? { body["hint"].flatMap { $0.documentValue?.isEmpty == true ? nil : $0 } }

    /// `c` of a pipeline update: constants beside the command's `let`.
    func constants(over variables: Variables) throws -> Variables {
        guard let value = body["c"] else { return variables }
        guard case .document(let constants) = value else { throw wrongType("c", value, "object") }
        return Variables(constants, now: variables.now)
    }

    func refuseCollation() throws {
        guard let collation = body.document("collation"), collation.string("locale") != "simple" else { return }
        throw CommandError(code: 40415, "BSON field '\(place).collation' is an unknown field: not implemented here.")
    }

    private func wrongType(_ field: String, _ value: BSONValue, _ expected: String) -> CommandError {
        .wrongType("\(place).\(field)", value, expected: expected)
    }
}
