import BSON

/// Takes a request to its command and the outcome back into a reply.
struct Dispatcher {
    let server: Server

    /// - Returns: the reply, or nil when a fail point wants the connection gone.
    func answer(_ wire: WireRequest, _ connection: Connection) -> [UInt8]? {
        do {
            let request = try CommandRequest(wire.body, sequences: wire.sequences)
            guard let command = CommandRegistry.byName[request.name],
                server.options.allowsTestCommands || !command.traits.contains(.testOnly)
            else { throw CommandError(.commandNotFound, "no such command: '\(request.name)'") }
            if wire.form == .query, command.name != "hello" {
                throw CommandError(code: 352, "Unsupported OP_QUERY command: \(request.name)")
            }
            return answer(command, request, connection)
        } catch {
            return CommandError(of: error).encode()
        }
    }

    private func answer(_ command: Command, _ request: CommandRequest, _ connection: Connection) -> [UInt8]? {
        let labels = ErrorLabels(
            session: request.session, endsTransaction: command.traits.contains(.endsTransaction))
        let failure = server.failPoint.apply(to: command, connection)
        if failure?.closesConnection == true { return nil }
        do {
            if let error = failure?.error { throw error }
            try check(command, request)
            let reply = try run(command, request, connection)
            guard let failure, let concern = failure.writeConcernError, case .document(var document) = reply else {
                return reply.encode()
            }
            document.append("writeConcernError", .document(concern))
            let given = failure.labels ?? labels.labels(of: concern.int32("code") ?? 0)
            if !given.isEmpty { document.append("errorLabels", .array(given.map { .string($0) })) }
            return CommandReply.document(document).encode()
        } catch {
            var error = CommandError(of: error)
            error.labels = failure?.labels ?? error.labels + labels.labels(of: error.code)
            return error.encode()
        }
    }

    private func run(
        _ command: Command, _ request: CommandRequest, _ connection: Connection
    ) throws -> CommandReply {
        let session = request.session
        guard let id = session.id, session.isInTransaction, !command.traits.contains(.endsTransaction) else {
            if let id = session.id { server.sessions.touch(id) }
            return try command.run(CommandContext(server: server, connection: connection, request: request))
        }
        return try server.sessions.inTransaction(id, session, connection.id) { transaction in
            try command.run(
                CommandContext(server: server, connection: connection, request: request, transaction: transaction))
        }
    }

    private func check(_ command: Command, _ request: CommandRequest) throws {
        if command.traits.contains(.adminOnly), request.database != "admin" {
            throw CommandError(.unauthorized, "\(request.name) may only be run against the admin database.")
        }
        try checkSession(command, request)
        if command.traits.contains(.ignoresUnknown) { return }
        try command.options.check(
            request.body, in: request.name, isCommand: true, sequences: request.sequences.map(\.name))
    }

    private func checkSession(_ command: Command, _ request: CommandRequest) throws {
        let session = request.session
        let ends = command.traits.contains(.endsTransaction)
        guard session.isInTransaction else {
            if ends || (session.transactionNumber != nil && !command.traits.contains(.retryable)) {
                throw CommandError(
                    code: ends ? ErrorCode.invalidOptions.rawValue : 50768,
                    "txnNumber may only be provided for multi-document transactions and retryable write commands. "
                        + "autocommit:false was not provided, and \(request.name) is not a retryable write command.")
            }
            return
        }
        if ends { return }
        guard command.traits.contains(.inTransaction) else {
            throw CommandError(
                .operationNotSupportedInTransaction,
                "Cannot run '\(request.name)' in a multi-document transaction.")
        }
        if request.body["writeConcern"] != nil {
            throw CommandError(.invalidOptions, "writeConcern is not allowed within a multi-statement transaction")
        }
        if !session.startsTransaction, request.body["readConcern"] != nil {
            throw CommandError(.invalidOptions, "Only the first command in a transaction may specify a readConcern")
        }
    }
}

/// The labels by which drivers decide whether to try again.
private struct ErrorLabels {
    let session: SessionOptions
    let endsTransaction: Bool

    /// As drivers' specifications list them: the node is going away or was unreachable.
    private static let retryableCodes: Set<Int32> = [
        6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436,
    ]
    private static let transientCodes: Set<Int32> = [24, 112, 246, 251, 267]

    func labels(of code: Int32) -> [String] {
        let isRetryable = Self.retryableCodes.contains(code)
        let isTransient = Self.transientCodes.contains(code) || (isRetryable && !endsTransaction)
        if session.isInTransaction, isTransient { return ["TransientTransactionError"] }
        return isRetryable && session.transactionNumber != nil ? ["RetryableWriteError"] : []
    }
}

extension CommandError {
    static var writeConflict: CommandError {
        CommandError(
            .writeConflict,
            "WriteConflict error: this operation conflicted with another operation. Please retry it.")
    }

    /// What went wrong, in the terms of a client.
    init(of error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case StorageError.damaged(let what): self.init(code: 365, "the data is damaged: \(what)")
        case StorageError.unavailable(_, let message): self.init(.internalError, "storage: \(message)")
        case let error as BSONError: self.init(.invalidBSON, "\(error)")
        case is HeldByTransaction: self = .writeConflict
        default: self.init(.internalError, "\(error)")
        }
    }

    func encode() -> [UInt8] {
        var reply: BSONDocument = [
            "ok": .double(0), "errmsg": .string(message), "code": .int32(code), "codeName": .string(codeName),
        ]
        reply.elements += extra.elements
        if !labels.isEmpty { reply.append("errorLabels", .array(labels.map { .string($0) })) }
        return reply.encode()
    }
}
