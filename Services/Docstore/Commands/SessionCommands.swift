import BSON

/// `startSession`
struct StartSessionCommand: Command {
    static let name = "startSession"
    static let options: Set<String> = []

    init(_ request: CommandRequest) {}

    func run(_ context: CommandContext) -> CommandReply {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        return .document([
            "id": ["id": .binary(BSONBinary(subtype: BSONBinary.uuid, bytes: bytes))],
            "timeoutMinutes": .int32(Int32(SessionTable.timeoutMinutes)),
        ])
    }
}

/// `refreshSessions`
struct RefreshSessionsCommand: Command {
    static let name = "refreshSessions"
    static let options: Set<String> = []

    private let ids: [SessionID]

    init(_ request: CommandRequest) throws { ids = try SessionList.read(request) ?? [] }

    func run(_ context: CommandContext) -> CommandReply {
        for id in ids { context.server.sessions.touch(id) }
        return .done
    }
}

/// `endSessions`
struct EndSessionsCommand: Command {
    static let name = "endSessions"
    static let options: Set<String> = []

    private let ids: [SessionID]

    init(_ request: CommandRequest) throws { ids = try SessionList.read(request) ?? [] }

    func run(_ context: CommandContext) -> CommandReply {
        SessionList.end(ids, context)
        return .done
    }
}

/// `killSessions`
struct KillSessionsCommand: Command {
    static let name = "killSessions"
    static let options: Set<String> = []

    private let ids: [SessionID]?

    init(_ request: CommandRequest) throws { ids = try SessionList.read(request) }

    func run(_ context: CommandContext) -> CommandReply {
        SessionList.end(ids, context)
        return .done
    }
}

/// `killAllSessions`: everybody's, since nobody signs in.
struct KillAllSessionsCommand: Command {
    static let name = "killAllSessions"
    static let options: Set<String> = []

    init(_ request: CommandRequest) {}

    func run(_ context: CommandContext) -> CommandReply {
        SessionList.end(nil, context)
        return .done
    }
}

/// `commitTransaction`
struct CommitTransactionCommand: Command {
    static let name = "commitTransaction"
    static let traits: CommandTraits = [.endsTransaction, .adminOnly]
    static let options: Set<String> = ["recoveryToken"]

    private let session: SessionOptions

    init(_ request: CommandRequest) throws {
        session = request.session
        try SessionList.requireTransaction(session, request.name)
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        if let id = session.id, let number = session.transactionNumber {
            try context.server.sessions.commit(id, number: number)
            if context.request.writeConcern.isJournaled { try context.store.flush() }
        }
        return .done
    }
}

/// `abortTransaction`
struct AbortTransactionCommand: Command {
    static let name = "abortTransaction"
    static let traits: CommandTraits = [.endsTransaction, .adminOnly]
    static let options: Set<String> = ["recoveryToken"]

    private let session: SessionOptions

    init(_ request: CommandRequest) throws {
        session = request.session
        try SessionList.requireTransaction(session, request.name)
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        if let id = session.id, let number = session.transactionNumber {
            try context.server.sessions.abort(id, number: number)
        }
        return .done
    }
}

/// What the session commands share.
enum SessionList {
    /// - Returns: nil when the list is empty, which means all.
    static func read(_ request: CommandRequest) throws -> [SessionID]? {
        guard case .array(let values) = request.argument else {
            throw CommandError.wrongType("\(request.name).\(request.name)", request.argument, expected: "array")
        }
        return values.isEmpty ? nil : try values.map { try SessionOptions.identifier($0) }
    }

    static func end(_ ids: [SessionID]?, _ context: CommandContext) {
        context.server.sessions.end(ids)
        context.server.cursors.end(sessions: ids)
    }

    static func requireTransaction(_ session: SessionOptions, _ name: String) throws {
        guard session.isInTransaction else {
            throw CommandError(
                .invalidOptions, "\(name) must be run within a transaction: it needs lsid, txnNumber and autocommit")
        }
    }
}
