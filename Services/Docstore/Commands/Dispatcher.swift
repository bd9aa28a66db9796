import BSON

/// Takes a request to its command and the outcome back into a reply.
struct Dispatcher {
    let server: Server

    /// - Returns: the reply, or nil when a fail point wants the connection gone.
    func answer(_ wire: WireRequest, _ connection: ConnectionInfo) -> [UInt8]? {
        do {
            let request = try CommandRequest(wire.body, sequences: wire.sequences)
            guard let command = CommandRegistry.byName[request.name],
                server.options.allowsTestCommands || !command.traits.contains(.testOnly)
            else { throw CommandError(.commandNotFound, "no such command: '\(request.name)'") }
            if wire.form == .query, command.name != HelloCommand.name {
                throw CommandError(
                    code: 352,
                    "Unsupported OP_QUERY command: \(request.name). The client driver may require an upgrade.")
            }
            return try run(command, request, connection)
        } catch {
            return Self.encode(Self.commandError(error))
        }
    }

    private func run(
        _ command: any Command.Type, _ request: CommandRequest, _ connection: ConnectionInfo
    ) throws -> [UInt8]? {
        let effect = server.failPoint.apply(to: command, request, connection)
        if effect.closesConnection { return nil }
        let labels = ErrorLabels(command: command, session: request.session)
        do {
            if let error = effect.error { throw error }
            try check(command, request)
            let context = CommandContext(server: server, connection: connection, request: request)
            let reply = try inSession(command, context)
            if let concern = effect.writeConcernError {
                return labels.attach(to: reply, writeConcernError: concern, effect.labels)
            }
            return reply.encode()
        } catch {
            return Self.encode(labels.label(Self.commandError(error), given: effect.labels))
        }
    }

    private func check(_ command: any Command.Type, _ request: CommandRequest) throws {
        if command.traits.contains(.adminOnly), request.database != "admin" {
            throw CommandError(.unauthorized, "\(request.name) may only be run against the admin database.")
        }
        let session = request.session
        if session.isInTransaction, !command.traits.contains(.inTransaction), !command.traits.contains(.endsTransaction)
        {
            let hint =
                command.name == CountCommand.name
                ? " Please see http://dochub.mongodb.org/core/transaction-count for a recommended alternative." : ""
            throw CommandError(
                .operationNotSupportedInTransaction,
                "Cannot run '\(request.name)' in a multi-document transaction.\(hint)")
        }
        if session.transactionNumber != nil, !session.isInTransaction, !command.traits.contains(.retryable) {
            if command.traits.contains(.endsTransaction) {
                throw CommandError(
                    .invalidOptions,
                    "txnNumber may only be provided for multi-document transactions and retryable write commands. autocommit:false was not provided, and \(request.name) is not a retryable write command."
                )
            }
            throw CommandError(
                code: 50768,
                "txnNumber may only be provided for multi-document transactions and retryable write commands. "
                    + "autocommit:false was not provided, and \(request.name) is not a retryable write command.")
        }
        if session.isInTransaction, !command.traits.contains(.endsTransaction) {
            if request.body["writeConcern"] != nil {
                throw CommandError(
                    .invalidOptions,
                    "writeConcern is not allowed within a multi-statement transaction, except with its end")
            }
            if !session.startsTransaction, request.body["readConcern"] != nil {
                throw CommandError(
                    .invalidOptions, "Only the first command in a transaction may specify a readConcern")
            }
        }
        try ReadConcern.check(request)
        if !command.traits.contains(.ignoresUnknown) { try request.refuseUnknown(command.options) }
    }

    private func inSession(_ command: any Command.Type, _ context: CommandContext) throws -> CommandReply {
        let options = context.request.session
        guard options.isInTransaction, !command.traits.contains(.endsTransaction), let id = options.id else {
            if let id = options.id { server.sessions.touch(id) }
            return try command.init(context.request).run(context)
        }
        return try server.sessions.inTransaction(id, options, context.connection) { transaction in
            context.transaction = transaction
            return try command.init(context.request).run(context)
        }
    }

    /// What went wrong, in the terms of a client.
    static func commandError(_ error: any Error) -> CommandError {
        switch error {
        case let error as CommandError: error
        case StorageError.damaged(let what): CommandError(code: 365, "the data is damaged: \(what)")
        case StorageError.unavailable(_, let message): CommandError(.internalError, "storage: \(message)")
        case let error as BSONError: CommandError(.invalidBSON, "\(error)")
        case is HeldByTransaction: CommandError.writeConflict
        default: CommandError(.internalError, "\(error)")
        }
    }

    static func encode(_ error: CommandError) -> [UInt8] {
        var reply: BSONDocument = ["ok": .double(0), "errmsg": .string(error.message), "code": .int32(error.code)]
        reply.append("codeName", .string(error.codeName))
        for element in error.extra.elements { reply.append(element.key, element.value) }
        if !error.labels.isEmpty { reply.append("errorLabels", .array(error.labels.map { .string($0) })) }
        return reply.encode()
    }
}

extension CommandError {
    static var writeConflict: CommandError {
        CommandError(
            .writeConflict,
            "WriteConflict error: this operation conflicted with another operation. Please retry your operation or "
                + "multi-document transaction.")
    }
}

/// Read concerns: every level but one means the same on a single server that shows only what is committed.
enum ReadConcern {
    static func check(_ request: CommandRequest) throws {
        guard let value = request.body["readConcern"] else { return }
        guard case .document(let concern) = value else {
            throw CommandError.wrongType("readConcern", value, expected: "object")
        }
        for element in concern.elements {
            switch element.key {
            case "level", "provenance", "afterClusterTime": break
            default:
                throw CommandError(.invalidOptions, "readConcern option '\(element.key)' is not supported")
            }
        }
        let level = concern.string("level") ?? "local"
        guard ["local", "available", "majority", "linearizable", "snapshot"].contains(level) else {
            throw CommandError(
                .failedToParse,
                "readConcern.level must be either 'local', 'majority', 'linearizable', 'available', or 'snapshot'")
        }
        if level == "snapshot", !request.session.isInTransaction {
            throw CommandError(
                .invalidOptions, "readConcern level 'snapshot' is supported here only inside a transaction")
        }
    }
}
