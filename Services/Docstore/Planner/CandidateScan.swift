/// Walks the documents a plan leads to, one after the other, and remembers where it is: between batches of a cursor no
/// snapshot is held, the walk goes on from the last key in a new one.
final class CandidateScan {
    private let collection: CollectionInfo
    private let steps: [(index: IndexInfo?, range: KeyRange, reverse: Bool)]
    private var current = 0
    /// What the current step gave last.
    private var last: (key: [UInt8], record: RecordID)?
    private var rows: Rows<IndexedDocument>?
    /// Records already given, where several keys or alternatives may lead to one.
    private var seen: Set<RecordID>?
    /// Index keys and documents looked at, for `explain`.
    private(set) var keysExamined = 0
    private(set) var documentsExamined = 0

    init(_ plan: Plan, over collection: CollectionInfo) {
        self.collection = collection
        steps = plan.accesses.flatMap { access in
            access.ranges.filter { !$0.isEmpty }.map { (access.index, $0, access.reverse) }
        }
        let repeats = plan.accesses.contains { $0.index.map { $0.isMultikey || $0.isText } ?? false }
        if repeats || plan.accesses.count > 1 { seen = [] }
    }

    /// - Parameter view: the same one until `pause`.
    func next(in view: any StoreView) throws -> StoredDocument? {
        while current < steps.count {
            // Not `rows ?? …`: a closure that goes through something generic comes out wrapped once more each time.
            if rows == nil { rows = try open(steps[current], view) }
            while let (key, record, document) = try rows?() {
                last = (key, record)
                if steps[current].index != nil { keysExamined += 1 }
                if seen?.insert(record).inserted == false { continue }
                documentsExamined += 1
                return (record, document)
            }
            pause()
            current += 1
            last = nil
        }
        return nil
    }

    /// Lets go of the view: the next call may bring another.
    func pause() { rows = nil }

    private func open(
        _ step: (index: IndexInfo?, range: KeyRange, reverse: Bool), _ view: any StoreView
    ) throws -> Rows<IndexedDocument> {
        guard let index = step.index else {
            let documents = try view.documents(of: collection, after: last?.record, reverse: step.reverse)
            return { try documents().map { ([], $0.record, $0.document) } }
        }
        var range = step.range
        if let last { if step.reverse { range.upper = last.key } else { range.lower = last.key + [0] } }
        return try view.documents(of: collection, by: index, in: range, reverse: step.reverse)
    }
}
