import BSON

/// What one statement of a write command did.
struct StatementResult {
    var matched = 0
    var modified = 0
    var upserted: BSONValue?
    /// A whole reply to give again: of a `findAndModify`.
    var reply: BSONDocument?

    /// What a retry is answered from; nothing for what the command usually answers.
    func remembered(usual modifiedCount: Int) -> BSONDocument {
        if let reply { return ["r": .document(reply)] }
        if matched == 1, modified == modifiedCount, upserted == nil { return [:] }
        var document: BSONDocument = ["n": .int32(Int32(matched)), "m": .int32(Int32(modified))]
        document.append("u", ifPresent: upserted.map { .array([$0]) })
        return document
    }

    init(matched: Int = 0, modified: Int = 0, upserted: BSONValue? = nil) {
        self.matched = matched
        self.modified = modified
        self.upserted = upserted
    }

    init(reply: BSONDocument) { self.reply = reply }

    init(remembered: BSONDocument, usual modifiedCount: Int) {
        reply = remembered.document("r")
        matched = remembered.int("n") ?? 1
        modified = remembered.int("m") ?? modifiedCount
        upserted = remembered.array("u")?.first
    }
}

/// Runs the statements of a write command one after the other: inside a transaction, as a retryable write, or plainly.
///
/// Each statement stands alone: what went well stays, what went wrong becomes a write error. One that meets what an
/// open transaction holds is undone, waits for the transaction to end and is tried again.
struct WriteExecution {
    let context: CommandContext
    let isOrdered: Bool

    struct Outcome {
        var results: [(index: Int, result: StatementResult)] = []
        var errors: [(index: Int, error: CommandError)] = []
    }

    func run(
        count: Int, _ statement: (Int, any DocumentWriter) throws -> StatementResult
    ) throws -> Outcome {
        var outcome = Outcome()
        if let transaction = context.transaction {
            try runInTransaction(transaction, count, &outcome, statement)
            return outcome
        }
        let session = context.request.session
        if let number = session.transactionNumber, let id = session.id {
            try context.server.sessions.retryable(id, number: number) { log in
                try runDirectly(count, &outcome, log: &log, statement)
            }
        } else {
            var none = RetryLog(session: SessionID(bytes: []), number: -1, record: nil)
            try runDirectly(count, &outcome, log: &none, statement)
        }
        if context.request.writeConcern.isJournaled { try context.store.flush() }
        return outcome
    }

    private func runInTransaction(
        _ transaction: Transaction, _ count: Int, _ outcome: inout Outcome,
        _ statement: (Int, any DocumentWriter) throws -> StatementResult
    ) throws {
        for index in 0..<count {
            do {
                outcome.results.append((index, try statement(index, transaction.view)))
            } catch let error as CommandError where error.code != ErrorCode.writeConflict.rawValue {
                transaction.hasFailed = true
                outcome.errors.append((index, error))
                return
            }
        }
    }

    private func runDirectly(
        _ count: Int, _ outcome: inout Outcome, log: inout RetryLog,
        _ statement: (Int, any DocumentWriter) throws -> StatementResult
    ) throws {
        let ids = statementIDs(count)
        // One document matched, and by an update changed: then only the statement's id is kept.
        let usual = context.request.name == UpdateCommand.name ? 1 : 0
        let keepsLog = !log.session.bytes.isEmpty
        let store = context.store
        var index = 0
        store.writing.lock()
        defer { store.writing.unlock() }
        while index < count {
            var held = false
            var interruption: CommandError?
            try store.writeLocked { writer in
                while index < count, !held, interruption == nil {
                    do {
                        if keepsLog, let answer = log.answer(to: ids[index]) {
                            outcome.results.append((index, StatementResult(remembered: answer, usual: usual)))
                        } else {
                            let result = try writer.statement { try statement(index, writer) }
                            outcome.results.append((index, result))
                            if keepsLog { log.note(ids[index], result.remembered(usual: usual)) }
                        }
                    } catch is HeldByTransaction {
                        held = true
                        continue
                    } catch let error as CommandError where error.code == ErrorCode.maxTimeMSExpired.rawValue {
                        interruption = error
                        continue
                    } catch let error as CommandError {
                        outcome.errors.append((index, error))
                        if isOrdered { index = count }
                    }
                    index += 1
                    do { try context.limit.check() } catch let error as CommandError {
                        if index < count { interruption = error }
                    }
                }
                if keepsLog, log.isChanged { try writer.saveSession(log.session, log.encoded()) }
            }
            if let interruption { throw interruption }
            if held { try waitForTransactions() }
        }
    }

    /// Until some transaction ends; the caller holds the write lock, which others get meanwhile.
    private func waitForTransactions() throws {
        try context.limit.check()
        let now = Clock.monotonic
        _ = context.store.writing.wait(until: min(context.limit.deadline ?? .max, now + 1000))
    }

    private func statementIDs(_ count: Int) -> [Int32] {
        if let given = context.request.body.array("stmtIds"), given.count == count {
            return given.map { $0.int32Value ?? 0 }
        }
        let first = context.request.body.int32("stmtId") ?? 0
        return (0..<Int32(count)).map { first + $0 }
    }
}

extension WriteExecution.Outcome {
    /// `writeErrors` as drivers read them.
    var writeErrors: BSONValue? {
        if errors.isEmpty { return nil }
        return .array(
            errors.map { index, error in
                var document: BSONDocument = ["index": .int32(Int32(index)), "code": .int32(error.code)]
                for element in error.extra.elements { document.append(element.key, element.value) }
                document.append("errmsg", .string(error.message))
                return .document(document)
            })
    }
}
