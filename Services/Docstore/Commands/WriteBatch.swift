import BSON

/// What one statement of a write command did.
struct StatementResult {
    var matched = 0
    /// Inserted, changed or removed.
    var modified = 0
    var upserted: BSONValue?
    /// The last document, and the array element of it that matched.
    var before: BSONDocument?
    var after: BSONDocument?
    var position: Int?
    /// The whole reply of a `findAndModify`.
    var reply: BSONDocument?
}

extension StatementResult {
    /// Without the documents, which would add up over a batch.
    var counts: StatementResult { StatementResult(matched: matched, modified: modified, upserted: upserted) }

    /// What a retry is answered from; nothing for the usual, one document inserted, changed or removed.
    fileprivate var remembered: BSONDocument {
        if let reply { return ["r": .document(reply)] }
        if matched == 1, modified == 1, upserted == nil { return [:] }
        var document: BSONDocument = ["n": .int32(Int32(matched)), "m": .int32(Int32(modified))]
        document.append("u", ifPresent: upserted.map { .array([$0]) })
        return document
    }

    fileprivate init(remembered: BSONDocument) {
        reply = remembered.document("r")
        matched = remembered.int("n") ?? 1
        modified = remembered.int("m") ?? 1
        upserted = remembered.array("u")?.first
    }
}

/// Runs the statements of a write command one after the other: inside a transaction, as a retryable write, or plainly.
///
/// Each statement stands alone: what went well stays, what went wrong becomes a write error. One that meets what an
/// open transaction holds is undone, waits for the transaction to end and is tried again.
struct WriteBatch {
    typealias Statement = (Int, any DocumentWriter) throws -> StatementResult

    private(set) var results: [(index: Int, result: StatementResult)] = []
    private(set) var errors: [(index: Int, error: CommandError)] = []

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
            try run(in: transaction, statement)
        } else if let number = session.transactionNumber, let id = session.id {
            try context.server.sessions.retryable(id, number: number) { log in
                self.log = log
                defer { log = self.log ?? log }
                try run(statement)
            }
        } else {
            try run(statement)
        }
        if context.request.isJournaled { try context.store.flush() }
    }

    private mutating func run(in transaction: Transaction, _ statement: Statement) throws {
        for index in 0..<count {
            do {
                results.append((index, try statement(index, transaction)))
            } catch let error as CommandError where error.code != ErrorCode.writeConflict.rawValue {
                transaction.hasFailed = true
                return errors.append((index, error))
            }
        }
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
    private mutating func runUntilHeld(_ writer: Writer, _ statement: Statement) throws -> Bool {
        while next < count {
            let id = log == nil ? 0 : statementID
            do {
                if let answer = log?.answer(to: id) {
                    results.append((next, StatementResult(remembered: answer)))
                } else {
                    let result = try writer.statement { try statement(next, writer) }
                    results.append((next, result))
                    log?.note(id, result.remembered)
                }
            } catch is HeldByTransaction {
                return true
            } catch let error as CommandError where error.code != ErrorCode.maxTimeMSExpired.rawValue {
                errors.append((next, error))
                if isOrdered { next = count }
            }
            next += 1
            if next < count { try context.limit.check() }
        }
        return false
    }

    private var statementID: Int32 {
        if let given = context.body.array("stmtIds"), given.count == count { return given[next].int32Value ?? 0 }
        return (context.body.int32("stmtId") ?? 0) + Int32(next)
    }

    /// The counts, and `writeErrors` as drivers read them.
    func reply(countsModified: Bool = false) -> CommandReply {
        var reply: BSONDocument = ["n": .int32(Int32(results.reduce(0) { $0 + $1.result.matched }))]
        if countsModified { reply.append("nModified", .int32(Int32(results.reduce(0) { $0 + $1.result.modified }))) }
        let upserted = results.compactMap { index, result -> BSONValue? in
            result.upserted.map { ["index": .int32(Int32(index)), "_id": $0] }
        }
        if !upserted.isEmpty { reply.append("upserted", .array(upserted)) }
        if errors.isEmpty { return .document(reply) }
        let reported = errors.map { index, error -> BSONValue in
            var document: BSONDocument = ["index": .int32(Int32(index)), "code": .int32(error.code)]
            document.elements += error.extra.elements
            document.append("errmsg", .string(error.message))
            return .document(document)
        }
        reply.append("writeErrors", .array(reported))
        return .document(reply)
    }
}

/// The statements of a write command: in the body, or as a sequence of documents.
struct WriteStatements {
    static let maximumCount = 100_000

    let count: Int
    private let inline: [BSONDocument]
    private let sequence: [[UInt8]]?

    init(_ field: String, of request: CommandRequest) throws {
        sequence = request.sequences.first { $0.name == field }?.documents
        inline = sequence == nil ? try request.body.documents(field, in: request.name) : []
        count = sequence?.count ?? inline.count
        guard (1...Self.maximumCount).contains(count) else {
            throw CommandError(
                .invalidLength,
                "Write batch sizes must be between 1 and \(Self.maximumCount). Got \(count) operations.")
        }
    }

    /// - Throws: what is wrong with the bytes, as the statement's own error.
    subscript(index: Int) -> (document: BSONDocument, encoded: [UInt8]?) {
        get throws {
            guard let sequence else { return (inline[index], nil) }
            return (try BSONDocument(bytes: sequence[index]), sequence[index])
        }
    }

    /// The bytes of a statement that came in a sequence.
    func encoded(_ index: Int) -> [UInt8]? { sequence?[index] }

    /// Every statement, before the first is run.
    func checked(by options: Options, in place: String) throws -> [BSONDocument] {
        try (0..<count).map { index in
            let statement = try self[index].document
            try options.check(statement, in: place)
            return statement
        }
    }
}
