import BSON

/// What is stored of a session: the number of its last retryable write or committed transaction, and what it answered.
struct SessionRecord {
    let session: SessionID
    let number: Int64
    let encoded: [UInt8]

    /// Every number has a table of its own among these.
    var shard: Int { Int(number) & (Tables.sessionShards - 1) }

    /// - Parameter rest: writes what else there is, since every retryable write stores such a record.
    init(_ session: SessionID, _ number: Int64, isCommitted: Bool, _ rest: (inout BSONWriter) -> Void = { _ in }) {
        self.session = session
        self.number = number
        var writer = BSONWriter(reserving: 160)
        let start = writer.beginDocument()
        writer.append("number", .int64(number))
        writer.append("committed", .bool(isCommitted))
        rest(&writer)
        writer.endDocument(start)
        encoded = writer.bytes
    }
}

/// What the statements of one retryable write answered: a retry gets the same, and nothing happens twice. Kept in the
/// session's record, which is stored in the same commit as the writes.
struct RetryLog {
    private let session: SessionID
    private let number: Int64
    /// Statements done, by their ids: ranges, because insertions of many documents are the rule.
    private var done: [ClosedRange<Int32>] = []
    /// What those answered that did not answer as usual.
    private var answers: [Int32: BSONDocument] = [:]

    /// - Parameter stored: what an earlier process or one whose session ended stored of it.
    init(_ session: SessionID, _ number: Int64, stored: BSONDocument? = nil) {
        self.session = session
        self.number = number
        let bounds = (stored?.array("done") ?? []).compactMap(\.int32Value)
        for at in stride(from: 0, to: bounds.count - 1, by: 2) { done.append(bounds[at]...bounds[at + 1]) }
        for (id, answer) in stored?.document("answers") ?? [:] { answers[Int32(id) ?? -1] = answer.documentValue }
    }

    /// The first answer of a statement that was done before; an empty one for what the command usually answers.
    func answer(to statement: Int32) -> BSONDocument? {
        done.contains { $0.contains(statement) } ? answers[statement] ?? [:] : nil
    }

    mutating func note(_ statement: Int32, _ answer: BSONDocument) {
        if let last = done.last, last.upperBound &+ 1 == statement {
            done[done.count - 1] = last.lowerBound...statement
        } else {
            done.append(statement...statement)
        }
        if !answer.isEmpty { answers[statement] = answer }
    }

    var record: SessionRecord {
        SessionRecord(session, number, isCommitted: false) { writer in
            writer.append("done", .array(done.flatMap { [.int32($0.lowerBound), .int32($0.upperBound)] }))
            if answers.isEmpty { return }
            let kept = writer.beginDocument("answers")
            for (id, answer) in answers { writer.append("\(id)", .document(answer)) }
            writer.endDocument(kept)
        }
    }
}
