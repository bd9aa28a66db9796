/// The index entries of the documents a transaction changed, in key order.
struct OverlayEntries {
    private var sorted: [(key: [UInt8], record: RecordID)] = []
    private var keys: [RecordID: [[UInt8]]] = [:]

    /// Replaces a document's entries.
    mutating func put(_ newKeys: [[UInt8]], for record: RecordID, in index: IndexInfo) {
        remove(record)
        let stored = newKeys.map { index.isUnique ? $0 : $0 + record.bytes }
        keys[record] = stored
        for key in stored { sorted.insert((key, record), at: position(of: key)) }
    }

    mutating func remove(_ record: RecordID) {
        for key in keys.removeValue(forKey: record) ?? [] {
            let at = position(of: key)
            if at < sorted.count, sorted[at].key == key { sorted.remove(at: at) }
        }
    }

    func record(under key: [UInt8]) -> RecordID? {
        let at = position(of: key)
        return at < sorted.count && sorted[at].key == key ? sorted[at].record : nil
    }

    func inside(_ range: KeyRange, reverse: Bool) -> [(key: [UInt8], record: RecordID)] {
        let lower = position(of: range.lower)
        let upper = max(lower, position(of: range.upper))
        return reverse ? sorted[lower..<upper].reversed() : Array(sorted[lower..<upper])
    }

    /// The first place whose key is not below `key`.
    private func position(of key: [UInt8]) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle].key.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Two walks in key order as one; entries of documents the transaction changed come from its own.
final class MergedEntryScan: EntryScan {
    private let base: any EntryScan
    private var own: ArraySlice<(key: [UInt8], record: RecordID)>
    private let touched: [RecordID: TransactionView.Change]
    private let reverse: Bool
    private var ahead: (key: [UInt8], record: RecordID)?
    private var baseEnded = false

    init(
        base: any EntryScan, own: [(key: [UInt8], record: RecordID)], touched: [RecordID: TransactionView.Change],
        reverse: Bool
    ) {
        self.base = base
        self.own = own[...]
        self.touched = touched
        self.reverse = reverse
    }

    func next() throws -> (key: [UInt8], record: RecordID)? {
        while ahead == nil, !baseEnded {
            guard let entry = try base.next() else {
                baseEnded = true
                break
            }
            if touched[entry.record] == nil { ahead = entry }
        }
        guard let mine = own.first else {
            defer { ahead = nil }
            return ahead
        }
        if let theirs = ahead {
            let first =
                reverse
                ? mine.key.lexicographicallyPrecedes(theirs.key) : theirs.key.lexicographicallyPrecedes(mine.key)
            if first {
                ahead = nil
                return theirs
            }
        }
        own.removeFirst()
        return mine
    }
}

/// The same for natural order.
final class MergedRecordScan: RecordScan {
    private let base: any RecordScan
    private var own: ArraySlice<(record: RecordID, document: [UInt8]?)>
    private let reverse: Bool
    private var ahead: (record: RecordID, document: [UInt8])?
    private var baseEnded = false

    init(base: any RecordScan, own: [(RecordID, [UInt8]?)], reverse: Bool) {
        self.base = base
        self.own = own.map { (record: $0.0, document: $0.1) }[...]
        self.reverse = reverse
    }

    func next() throws -> (record: RecordID, document: [UInt8])? {
        while true {
            if ahead == nil, !baseEnded {
                ahead = try base.next()
                baseEnded = ahead == nil
            }
            guard let mine = own.first else {
                defer { ahead = nil }
                return ahead
            }
            if let theirs = ahead, theirs.record != mine.record {
                if reverse ? mine.record < theirs.record : theirs.record < mine.record {
                    ahead = nil
                    return theirs
                }
            } else {
                ahead = nil
            }
            own.removeFirst()
            if let document = mine.document { return (mine.record, document) }
        }
    }
}
