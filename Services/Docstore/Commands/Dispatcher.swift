import BSON

extension Server {
    /// - Returns: the reply, or nil when a fail point wants the connection gone.
    func answer(_ wire: WireRequest, _ connection: Connection) -> [UInt8]? {
        guard var reply = outcome(of: wire, connection) else { return nil }
        clock.stamp(&reply)
        return reply
    }

    private func outcome(of wire: WireRequest, _ connection: Connection) -> [UInt8]? {
        do {
            let name = try (wire.body.first?.key).orThrow(.failedToParse("the command is empty"))
            let command = try Command.byName[name].orThrow(.noSuchCommand(name))
            if command.traits.contains(.testOnly), !options.allowsTestCommands {
                throw CommandError.noSuchCommand(name)
            }
            let isAllowed = wire.form == .message || command.name == "hello"
            try require(isAllowed, code: 352, "Unsupported OP_QUERY command: \(name)")
            try command.options.check(
                wire.body, in: name, from: 1, ignoresUnknown: command.traits.contains(.ignoresUnknown),
                sequences: wire.sequences.map(\.name))
            return answer(command, try CommandRequest(wire.body, sequences: wire.sequences), connection)
        } catch {
            return CommandError(of: error).encode()
        }
    }

    private func answer(_ command: Command, _ request: CommandRequest, _ connection: Connection) -> [UInt8]? {
        let failure = failPoint.failure(of: command, connection)
        if failure?.flag("closeConnection") == true { return nil }
        do {
            if let failure, let code = failure.int32("errorCode") {
                let extra = failure.document("errorExtraInfo") ?? [:]
                throw CommandError(code: code, "Failing command via 'failCommand' failpoint", extra: extra)
            }
            try command.check(request)
            let isLate = request.maxTimeMS > 0 && failPoint.failure(.maxTimeAlwaysTimeOut) != nil
            if isLate { throw CommandError.timeExceeded }
            let reply = try run(command, request, connection)
            let concern = failure?.document("writeConcernError") ?? request.writeConcern.error
            guard let concern, case .document(var document) = reply else { return reply.encode() }
            document.append("writeConcernError", .document(concern))
            let labels =
                failure?.strings("errorLabels")
                ?? command.labels(of: concern.int32("code") ?? 0, request, isConcern: true)
            if !labels.isEmpty { document.append("errorLabels", .strings(labels)) }
            return CommandReply.document(document).encode()
        } catch {
            var error = CommandError(of: error)
            error.labels = failure?.strings("errorLabels") ?? error.labels + command.labels(of: error.code, request)
            return error.encode()
        }
    }

    private func run(_ command: Command, _ request: CommandRequest, _ connection: Connection) throws -> CommandReply {
        let limit = TimeLimit(deadline: request.maxTimeMS > 0 ? Clock.monotonic + request.maxTimeMS : nil)
        func perform(in transaction: Transaction?) throws -> CommandReply {
            try command.run(
                .init(server: self, connection: connection, request: request, limit: limit, transaction: transaction))
        }
        let session = request.session
        guard let id = session.id, session.isInTransaction, !command.traits.contains(.endsTransaction) else {
            if let id = session.id { sessions.touch(id) }
            return try perform(in: nil)
        }
        return try sessions.with(id) { try $0.inTransaction(session, connection.id, perform) }
    }
}

extension Command {
    /// As drivers' specifications list them: the node is going away or was unreachable.
    private static let retryableCodes: Set<Int32> = [6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]
    private static let transientCodes: Set<Int32> = [24, 112, 246, 251, 267]

    fileprivate func check(_ request: CommandRequest) throws {
        let session = request.session
        let ends = traits.contains(.endsTransaction)
        let isAllowed = !traits.contains(.adminOnly) || request.database == "admin"
        try require(isAllowed, .unauthorized, "\(request.name) may only be run against the admin database.")
        let takesConcern = !traits.isDisjoint(with: [.writes, .retryable, .endsTransaction])
        let hasConcern = request.body.contains("writeConcern")
        try require(takesConcern || !hasConcern, .invalidOptions, "Command does not support writeConcern")
        guard session.isInTransaction else {
            try require(!ends, .invalidOptions, "\(request.name) needs a txnNumber, and autocommit:false")
            let isNumbered = session.transactionNumber != nil && !traits.contains(.retryable)
            return try require(!isNumbered, code: 50768, "txnNumber is for transactions and retryable writes")
        }
        if ends { return }
        let mayBePart = traits.contains(.inTransaction)
        try require(mayBePart, .operationNotSupportedInTransaction, "\(request.name) cannot be in a transaction.")
        let isConcerned = hasConcern || !session.startsTransaction && request.body.contains("readConcern")
        try require(!isConcerned, .invalidOptions, "A transaction has one readConcern, from its first command")
    }

    /// The labels by which drivers decide whether to try again.
    /// - Parameter isConcern: whether it is the write concern that failed: then the command itself did not.
    fileprivate func labels(of code: Int32, _ request: CommandRequest, isConcern: Bool = false) -> [String] {
        let (ends, session) = (traits.contains(.endsTransaction), request.session)
        let isRetryable = Self.retryableCodes.contains(code)
        if session.isInTransaction, !isConcern, Self.transientCodes.contains(code) || (isRetryable && !ends) {
            return ["TransientTransactionError"]
        }
        let mayRetry = session.transactionNumber != nil && (ends || !session.isInTransaction)
        return isRetryable && mayRetry ? ["RetryableWriteError"] : []
    }
}

extension CommandError {
    static var timeExceeded: CommandError { CommandError(.maxTimeMSExpired, "operation exceeded time limit") }
    static var writeConflict: CommandError { CommandError(.writeConflict, "WriteConflict: conflicts with another") }

    static func noSuchCommand(_ name: String) -> CommandError {
        CommandError(.commandNotFound, "no such command: '\(name)'")
    }

    init(of error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case StorageError.damaged(let what): self.init(code: 365, "the data is damaged: \(what)")
        case StorageError.unavailable(let message): self.init(.internalError, "storage: \(message)")
        case let error as BSONError: self.init(.invalidBSON, "\(error)")
        case is HeldByTransaction: self = .writeConflict
        default: self.init(.internalError, "\(error)")
        }
    }

    func encode() -> [UInt8] {
        let failure: BSONDocument = [
            "ok": .double(0), "errmsg": .string(message), "code": .int32(code), "codeName": .string(codeName),
        ]
        var reply = failure + extra
        if !labels.isEmpty { reply.append("errorLabels", .strings(labels)) }
        return reply.encode()
    }
}
