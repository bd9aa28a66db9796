import BSON

extension Command {
    static let sessions: [Command] = [
        Command("startSession") { _ in
            ["id": ["id": .randomUUID], "timeoutMinutes": .int(SessionTable.timeoutMinutes)]
        },
        Command("refreshSessions") { context in
            for id in try listed(context) ?? [] { context.server.sessions.touch(id) }
            return [:]
        },
        Command("endSessions") { try end(try listed($0) ?? [], $0) },
        Command("killSessions") { try end(try listed($0), $0) },
        // Everybody's, since nobody signs in.
        Command("killAllSessions") { try end(nil, $0) },
        ending("commitTransaction") { try $0.commit($1) },
        ending("abortTransaction") { try $0.abort($1) },
    ]

    private typealias End = @Sendable (SessionState, Int64) throws -> Void

    private static func ending(_ name: String, _ end: @escaping End) -> Command {
        Command(name, [.endsTransaction, .adminOnly], options: [.document: "recoveryToken"]) { context in
            let session = context.request.session
            if let id = session.id, let number = session.transactionNumber {
                try context.server.sessions.with(id) { try end($0, number) }
            }
            if context.request.writeConcern.isJournaled { try context.store.flush() }
            return [:]
        }
    }

    /// - Returns: nil when the list is empty, which means all.
    private static func listed(_ context: CommandContext) throws -> [SessionID]? {
        let (name, list) = (context.request.name, context.request.argument)
        let values = try list.arrayValue.orThrow(.wrongType("\(name).\(name)", list, expected: "array"))
        return values.isEmpty ? nil : try values.map { try SessionID($0.documentValue ?? [:]) }
    }

    private static func end(_ ids: [SessionID]?, _ context: CommandContext) throws -> CommandReply {
        context.server.sessions.end(ids)
        context.server.cursors.end(sessions: ids)
        return [:]
    }
}
