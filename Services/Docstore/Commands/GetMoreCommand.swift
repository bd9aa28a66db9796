import BSON

/// `getMore`
struct GetMoreCommand: Command {
    static let name = "getMore"
    static let traits: CommandTraits = .inTransaction
    static let options: Set<String> = ["collection", "batchSize", "term", "lastKnownCommittedOpTime"]

    private let id: Int64
    private let namespace: Namespace
    private let batchSize: Int?

    init(_ request: CommandRequest) throws {
        guard case .int64(let id) = request.argument else {
            throw CommandError.wrongType("getMore.getMore", request.argument, expected: "long")
        }
        self.id = id
        guard let collection = request.body["collection"] else {
            throw CommandError(code: 40414, "BSON field 'getMore.collection' is missing but a required field")
        }
        guard case .string(let name) = collection else {
            throw CommandError.wrongType("getMore.collection", collection, expected: "string")
        }
        namespace = try request.namespace(name)
        batchSize = try CommandArguments(request).count("batchSize", called: "BatchSize").flatMap { $0 == 0 ? nil : $0 }
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        let cursors = context.server.cursors
        guard let entry = cursors.take(id) else { throw Self.notFound(id) }
        var keeps = true
        defer { if keeps { cursors.put(entry, id: id) } }
        try check(entry, context)
        entry.cursor.limit.deadline = context.limit.deadline
        return try context.read { view in
            if let number = entry.cursor.collection {
                let collection = view.catalog[entry.namespace]
                let known = Set(collection?.indexes.map(\.number) ?? [])
                guard collection?.number == number, entry.cursor.indexes.isSubset(of: known) else {
                    keeps = false
                    throw CommandError(
                        .queryPlanKilled, "collection dropped or index gone. UUID of \(entry.namespace)")
                }
            }
            let documents = try entry.cursor.batch(limit: batchSize, in: view)
            try entry.cursor.peek(in: view)
            keeps = !entry.cursor.isExhausted
            return .cursor(
                CursorReply(
                    id: keeps ? id : 0, namespace: entry.cursor.namespace, field: "nextBatch", documents: documents))
        }
    }

    private func check(_ entry: CursorTable.Entry, _ context: CommandContext) throws {
        guard "\(namespace)" == entry.cursor.namespace else {
            throw CommandError(
                .unauthorized,
                "Requested getMore on namespace '\(namespace)', but cursor belongs to a different namespace "
                    + entry.cursor.namespace)
        }
        let session = context.request.session
        guard entry.session == session.id else {
            throw CommandError(
                code: 50738, "Cannot run getMore on cursor \(id), which was created in another session, or in none")
        }
        let number = session.isInTransaction ? session.transactionNumber : nil
        guard entry.transactionNumber == number else {
            throw CommandError(
                code: 50741, "Cannot run getMore on cursor \(id), which was created in another transaction, or in none")
        }
    }

    static func notFound(_ id: Int64) -> CommandError {
        CommandError(.cursorNotFound, "cursor id \(id) not found")
    }
}

/// `killCursors`
struct KillCursorsCommand: Command {
    static let name = "killCursors"
    static let traits: CommandTraits = .inTransaction
    static let options: Set<String> = ["cursors"]

    private let ids: [Int64]

    init(_ request: CommandRequest) throws {
        _ = try request.namespace()
        guard let values = try CommandArguments(request).array("cursors") else {
            throw CommandError(code: 40414, "BSON field 'killCursors.cursors' is missing but a required field")
        }
        ids = try values.map { value in
            guard let id = value.int64Value else {
                throw CommandError.wrongType("killCursors.cursors", value, expected: "long")
            }
            return id
        }
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        var killed: [BSONValue] = []
        var unknown: [BSONValue] = []
        for id in ids {
            if context.server.cursors.take(id) != nil { killed.append(.int64(id)) } else { unknown.append(.int64(id)) }
        }
        return .document([
            "cursorsKilled": .array(killed), "cursorsNotFound": .array(unknown), "cursorsAlive": [],
            "cursorsUnknown": [],
        ])
    }
}
