import BSON

/// What the statements of one retryable write answered: a retry gets the same, and nothing happens twice. Kept in the
/// session's record, which is stored in the same commit as the writes.
struct RetryLog {
    let session: SessionID
    private let number: Int64
    /// Statements done, by their ids: ranges, because insertions of many documents are the rule.
    private var done: [ClosedRange<Int32>] = []
    /// What those answered that did not answer as usual.
    private var answers: [Int32: BSONDocument] = [:]

    init(session: SessionID, number: Int64, record: BSONDocument? = nil) {
        self.session = session
        self.number = number
        let bounds = (record?.array("done") ?? []).compactMap(\.int32Value)
        for at in stride(from: 0, to: bounds.count - 1, by: 2) { done.append(bounds[at]...bounds[at + 1]) }
        for element in (record?.document("answers") ?? [:]).elements {
            if let id = Int32(element.key), let answer = element.value.documentValue { answers[id] = answer }
        }
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

    /// The session's record, as `init` reads it.
    var encoded: [UInt8] {
        Self.encode(number, kind: "retry") { writer in
            let ranges = writer.beginArray("done")
            for (index, range) in done.enumerated() {
                writer.append(index: 2 * index, .int32(range.lowerBound))
                writer.append(index: 2 * index + 1, .int32(range.upperBound))
            }
            writer.endDocument(ranges)
            if answers.isEmpty { return }
            let kept = writer.beginDocument("answers")
            for (id, answer) in answers { writer.append("\(id)", .document(answer)) }
            writer.endDocument(kept)
        }
    }

    /// The record of a session whose transaction was committed.
    static func committed(number: Int64) -> [UInt8] { encode(number, kind: "committed") { _ in } }

    private static func encode(_ number: Int64, kind: String, _ rest: (inout BSONWriter) -> Void) -> [UInt8] {
        var writer = BSONWriter(reserving: 160)
        let start = writer.beginDocument()
        writer.append("number", .int64(number))
        writer.append("kind", .string(kind))
        rest(&writer)
        writer.endDocument(start)
        return writer.bytes
    }
}
