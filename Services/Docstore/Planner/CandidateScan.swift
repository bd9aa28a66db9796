/// Walks the documents a plan leads to, one after the other, and remembers where it is: between batches of a cursor no
/// snapshot is held, the walk goes on from the last key in a new one.
final class CandidateScan {
    private let collection: CollectionInfo
    private var steps: [Step]
    private var current = 0
    /// Records already given, where several keys or alternatives may lead to one.
    private var seen: Set<RecordID>?
    private var entries: (any EntryScan)?
    private var records: (any RecordScan)?
    /// Index keys and documents looked at, for `explain`.
    private(set) var keysExamined = 0
    private(set) var documentsExamined = 0

    private struct Step {
        enum Source { case collection, index(IndexInfo, KeyRange) }
        let source: Source
        let reverse: Bool
        var lastRecord: RecordID?
        var lastKey: [UInt8]?
    }

    init(_ plan: Plan, over collection: CollectionInfo) {
        self.collection = collection
        steps = []
        add(plan.access)
    }

    private func add(_ access: Plan.Access) {
        switch access {
        case .nothing: break
        case .collection(let reverse): steps.append(Step(source: .collection, reverse: reverse))
        case .index(let access):
            if access.index.isMultikey || access.index.isText { seen = seen ?? [] }
            for range in access.ranges where !range.isEmpty {
                steps.append(Step(source: .index(access.index, range), reverse: access.reverse))
            }
        case .union(let parts):
            seen = seen ?? []
            for part in parts { add(part) }
        }
    }

    /// - Parameter view: the same one until `pause`.
    func next(in view: any StoreView) throws -> (record: RecordID, document: [UInt8])? {
        while current < steps.count {
            if let found = try nextInStep(view) { return found }
            pause()
            current += 1
        }
        return nil
    }

    /// Lets go of the view: the next call may bring another.
    func pause() {
        entries = nil
        records = nil
    }

    private func nextInStep(_ view: any StoreView) throws -> (record: RecordID, document: [UInt8])? {
        switch steps[current].source {
        case .collection:
            let scan = try records ?? open(view)
            records = scan
            guard let found = try scan.next() else { return nil }
            steps[current].lastRecord = found.record
            documentsExamined += 1
            return found
        case .index(let index, _):
            let scan = try entries ?? open(index, view)
            entries = scan
            while let entry = try scan.next() {
                steps[current].lastKey = entry.key
                keysExamined += 1
                if seen?.insert(entry.record).inserted == false { continue }
                documentsExamined += 1
                guard let document = try view.document(entry.record) else {
                    throw StorageError.damaged(
                        "index \(index.name) of \(collection.namespace) names a document that is not there")
                }
                return (entry.record, document)
            }
            return nil
        }
    }

    private func open(_ view: any StoreView) throws -> any RecordScan {
        let step = steps[current]
        return try view.scan(collection, after: step.lastRecord, reverse: step.reverse)
    }

    private func open(_ index: IndexInfo, _ view: any StoreView) throws -> any EntryScan {
        let step = steps[current]
        guard case .index(_, var range) = step.source else { throw StorageError.damaged("no index to open") }
        if let last = step.lastKey {
            if step.reverse { range.upper = last } else { range.lower = last + [0] }
        }
        return try view.scan(index, range, reverse: step.reverse)
    }
}
