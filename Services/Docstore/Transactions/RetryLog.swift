import BSON

/// What the statements of one retryable write answered: a retry gets the same, and nothing happens twice. Kept in the
/// session's record, which is stored in the same commit as the writes.
struct RetryLog {
    let session: SessionID
    let number: Int64
    /// Statements done, by their ids: ranges, because insertions of many documents are the rule.
    private var done: [ClosedRange<Int32>] = []
    /// What those answered that counted more than one document inserted.
    private var answers: [Int32: BSONDocument] = [:]
    private(set) var isChanged = false

    init(session: SessionID, number: Int64, record: BSONDocument?) {
        self.session = session
        self.number = number
        guard let record, record.int64("number") == number, record.string("kind") == "retry" else { return }
        let bounds = (record.array("done") ?? []).compactMap(\.int32Value)
        for at in stride(from: 0, to: bounds.count - 1, by: 2) { done.append(bounds[at]...bounds[at + 1]) }
        for element in (record.document("answers") ?? [:]).elements {
            if let id = Int32(element.key), let answer = element.value.documentValue { answers[id] = answer }
        }
    }

    /// The first answer of a statement that was done before; an empty one for a plain insertion.
    func answer(to statement: Int32) -> BSONDocument? {
        done.contains { $0.contains(statement) } ? answers[statement] ?? [:] : nil
    }

    mutating func note(_ statement: Int32, _ answer: BSONDocument) {
        isChanged = true
        if let last = done.last, last.upperBound &+ 1 == statement {
            done[done.count - 1] = last.lowerBound...statement
        } else {
            done.append(statement...statement)
        }
        if !answer.isEmpty { answers[statement] = answer }
    }

    /// As `answer(to:)` will need it.
    var record: BSONDocument {
        var record = Self.header(session, number: number, kind: "retry")
        record.append("done", .array(done.flatMap { [.int32($0.lowerBound), .int32($0.upperBound)] }))
        if !answers.isEmpty {
            var document = BSONDocument()
            for (id, answer) in answers.sorted(by: { $0.key < $1.key }) { document.append("\(id)", .document(answer)) }
            record.append("answers", .document(document))
        }
        return record
    }

    static func committed(_ session: SessionID, number: Int64) -> BSONDocument {
        header(session, number: number, kind: "committed")
    }

    private static func header(_ session: SessionID, number: Int64, kind: String) -> BSONDocument {
        [
            "id": .binary(BSONBinary(bytes: session.bytes)), "number": .int64(number), "kind": .string(kind),
            "at": .date(Clock.wall),
        ]
    }
}
