/// Walks the documents a plan leads to, one after the other, and remembers where it is: between batches of a cursor no
/// snapshot is held, the walk goes on from the last key in a new one.
final class CandidateScan {
    private enum Step {
        case collection(reverse: Bool)
        case index(IndexInfo, KeyRange, reverse: Bool)
    }

    private let collection: CollectionInfo
    private var steps: [Step] = []
    private var current = 0
    private var lastRecord: RecordID?
    private var lastKey: [UInt8]?
    private var rows: Rows<StoredDocument>?
    /// Records already given, where several keys or alternatives may lead to one.
    private var seen: Set<RecordID>?
    /// Index keys and documents looked at, for `explain`.
    private(set) var keysExamined = 0
    private(set) var documentsExamined = 0

    init(_ plan: Plan, over collection: CollectionInfo) {
        self.collection = collection
        if plan.accesses.count > 1 { seen = [] }
        for access in plan.accesses {
            switch access {
            case .collection(let reverse): steps.append(.collection(reverse: reverse))
            case .index(let access):
                if access.index.isMultikey || access.index.isText { seen = [] }
                steps += access.ranges.filter { !$0.isEmpty }.map {
                    .index(access.index, $0, reverse: access.reverse)
                }
            }
        }
    }

    /// - Parameter view: the same one until `pause`.
    func next(in view: any StoreView) throws -> StoredDocument? {
        while current < steps.count {
            // Not `rows ?? …`: a closure that goes through something generic comes out wrapped once more each time.
            if rows == nil { rows = try open(steps[current], view) }
            if let found = try rows?() {
                documentsExamined += 1
                return found
            }
            pause()
            current += 1
            lastRecord = nil
            lastKey = nil
        }
        return nil
    }

    /// Lets go of the view: the next call may bring another.
    func pause() { rows = nil }

    private func open(_ step: Step, _ view: any StoreView) throws -> Rows<StoredDocument> {
        switch step {
        case .collection(let reverse):
            let documents = try view.documents(of: collection, after: lastRecord, reverse: reverse)
            return { [unowned self] in
                let found = try documents()
                lastRecord = found?.record ?? lastRecord
                return found
            }
        case .index(let index, var range, let reverse):
            if let lastKey { if reverse { range.upper = lastKey } else { range.lower = lastKey + [0] } }
            let found = try view.documents(of: collection, by: index, in: range, reverse: reverse)
            return { [unowned self] in
                while let (key, record, document) = try found() {
                    lastKey = key
                    keysExamined += 1
                    if seen?.insert(record).inserted != false { return (record, document) }
                }
                return nil
            }
        }
    }
}
