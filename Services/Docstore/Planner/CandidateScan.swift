/// Walks the documents a plan leads to, one after the other, and remembers where it is: between batches of a cursor no
/// snapshot is held, the walk goes on from the last key in a new one.
final class CandidateScan {
    private let collection: CollectionInfo
    private var walks: [Walk]
    private var current = 0
    private var rows: Rows<FoundDocument>?
    /// Records already given, where several keys or alternatives may lead to one.
    private var seen: Set<RecordID>?
    /// Index keys and documents looked at, for `explain`.
    private(set) var keysExamined = 0
    private(set) var documentsExamined = 0

    init(_ plan: Plan, over collection: CollectionInfo) {
        self.collection = collection
        walks = plan.accesses.flatMap { access in
            access.ranges.filter { !$0.isEmpty }.map { Walk(index: access.index, range: $0, reverse: access.reverse) }
        }
        let repeats = plan.accesses.contains { $0.index.map { $0.isMultikey || $0.isText } ?? false }
        if repeats || plan.accesses.count > 1 { seen = [] }
    }

    /// - Parameter view: the same one until `pause`.
    func next(in view: any StoreView) throws -> StoredDocument? {
        while current < walks.count {
            // Not `rows ?? …`: a closure that goes through something generic comes out wrapped once more each time.
            if rows == nil { rows = try view.documents(of: collection, along: walks[current]) }
            while let (key, record, document) = try rows?() {
                walks[current].last = (key, record)
                if !key.isEmpty { keysExamined += 1 }
                if seen?.insert(record).inserted == false { continue }
                documentsExamined += 1
                return (record, document)
            }
            pause()
            current += 1
        }
        return nil
    }

    func pause() { rows = nil }
}
