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
    /// Statements done, by their ids: where ranges begin and end, because insertions of many documents are the rule.
    private var done: [Int32]
    /// What those answered that did not answer as usual, by their ids.
    private var answers: BSONDocument

    /// - Parameter stored: what an earlier process or one whose session ended stored of it.
    init(_ session: SessionID, _ number: Int64, stored: BSONDocument? = nil) {
        self.session = session
        self.number = number
        done = (stored?.array("done") ?? []).compactMap(\.int32Value)
        answers = stored?.document("answers") ?? [:]
    }

    /// The first answer of a statement that was done before; an empty one for what the command usually answers.
    func answer(to statement: Int32) -> BSONDocument? {
        let isDone = stride(from: 1, to: done.count, by: 2).contains { done[$0 - 1]...done[$0] ~= statement }
        return isDone ? answers.document("\(statement)") ?? [:] : nil
    }

    mutating func note(_ statement: Int32, _ answer: BSONDocument) {
        if let last = done.last, last &+ 1 == statement { done.removeLast() } else { done.append(statement) }
        done.append(statement)
        if !answer.isEmpty { answers.append("\(statement)", .document(answer)) }
    }

    var record: SessionRecord {
        SessionRecord(session, number, isCommitted: false) { writer in
            writer.append("done", .array(done.map(BSONValue.int32)))
            if !answers.isEmpty { writer.append("answers", .document(answers)) }
        }
    }
}
