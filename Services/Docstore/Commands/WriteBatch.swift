import BSON

struct StatementResult {
    var matched = 0
    var modified = 0
    var upserted: BSONValue?
    /// The last document, and the array element of it that matched.
    var before: BSONDocument?
    var after: BSONDocument?
    var position: Int?
    /// The whole reply of a `findAndModify`.
    var reply: BSONDocument?
}

/// Runs the statements of a write command one after the other: inside a transaction, as a retryable write, or plainly.
/// Each statement stands alone: what went well stays, what went wrong becomes a write error. One that meets what an
/// open transaction holds is undone, waits for the transaction to end and is tried again.
struct WriteBatch {
    static let maximumCount = 100_000
    /// Errors of the whole command and not of one statement.
    private static let ending = [ErrorCode.maxTimeMSExpired.rawValue, ErrorCode.writeConflict.rawValue]

    typealias Statement = (Int, any DocumentWriter) throws -> StatementResult

    private(set) var last = StatementResult()
    private(set) var errors: [(index: Int, error: CommandError)] = []
    private var matched = 0
    private var modified = 0
    private var upserted: [BSONValue] = []

    private let context: CommandContext
    private let count: Int
    private let isOrdered: Bool
    private var log: RetryLog?
    private var next = 0

    init(_ context: CommandContext, count: Int = 1, _ statement: Statement) throws {
        self.context = context
        self.count = count
        isOrdered = context.body.flag("ordered", or: true)
        let session = context.request.session
        if let transaction = context.transaction {
            _ = try runUntilHeld(transaction, statement)
            if !errors.isEmpty { transaction.hasFailed = true }
        } else if let number = session.transactionNumber, let id = session.id {
            try context.server.sessions.with(id) { state in
                try state.retryable(number) { log in
                    self.log = log
                    defer { log = self.log ?? log }
                    try run(statement)
                }
            }
        } else {
            try run(statement)
        }
        if context.request.writeConcern.isJournaled { try context.store.flush() }
    }

    private mutating func run(_ statement: Statement) throws {
        let store = context.store
        store.writing.lock()
        defer { store.writing.unlock() }
        while next < count {
            let isHeld = try store.writeLocked { writer in
                let result = Result { try runUntilHeld(writer, statement) }
                if let log { try writer.save(log.record) }
                return try result.get()
            }
            if isHeld {
                try context.limit.check()
                store.writing.wait(until: min(context.limit.deadline ?? .max, Clock.monotonic + 1000))
            }
        }
    }

    /// - Returns: whether a statement met what a transaction holds, so that it has to be tried again.
    private mutating func runUntilHeld(_ writer: any DocumentWriter, _ statement: Statement) throws -> Bool {
        while next < count {
            let id = log == nil ? 0 : statementID
            do {
                if let answer = log?.answer(to: id) {
                    note(StatementResult(remembered: answer))
                } else {
                    if log != nil { try context.server.failPoint.failRetryableWrite(on: context.connection) }
                    let result = try writer.statement { try statement(next, writer) }
                    note(result)
                    log?.note(id, result.remembered)
                }
            } catch is HeldByTransaction {
                return true
            } catch let error as CommandError where !Self.ending.contains(error.code) {
                errors.append((next, error))
                if isOrdered || context.transaction != nil { next = count }
            }
            next += 1
            if next < count { try context.limit.check() }
        }
        return false
    }

    private mutating func note(_ result: StatementResult) {
        last = result
        matched += result.matched
        modified += result.modified
        if let id = result.upserted { upserted.append(["index": .int(next), "_id": id]) }
    }

    private var statementID: Int32 {
        if let given = context.body.array("stmtIds"), given.count == count { return given[next].int32Value ?? 0 }
        return (context.body.int32("stmtId") ?? 0) + Int32(next)
    }

    func reply(countsModified: Bool = false) -> CommandReply {
        var reply: BSONDocument = ["n": .int(matched)]
        if countsModified { reply.append("nModified", .int(modified)) }
        if !upserted.isEmpty { reply.append("upserted", .array(upserted)) }
        let reported = errors.map { index, error -> BSONDocument in
            ["index": .int(index), "code": .int32(error.code)] + error.extra + ["errmsg": .string(error.message)]
        }
        if !reported.isEmpty { reply.append("writeErrors", .documents(reported)) }
        return .document(reply)
    }
}

extension StatementResult {
    /// What a retry is answered from; nothing for the usual, one document inserted, changed or removed.
    fileprivate var remembered: BSONDocument {
        if let reply { return ["r": .document(reply)] }
        if matched == 1, modified == 1, upserted == nil { return [:] }
        return ["n": .int(matched), "m": .int(modified), "u": .array(upserted.map { [$0] } ?? [])]
    }

    fileprivate init(remembered: BSONDocument) {
        reply = remembered.document("r")
        matched = remembered.int("n") ?? 1
        modified = remembered.int("m") ?? 1
        upserted = remembered.array("u")?.first
    }
}
