struct EntryOverlay {
    /// In key order.
    private var added: [(key: [UInt8], record: RecordID)] = []
    private(set) var removed: Set<[UInt8]> = []

    /// - Returns: nil for a key that was not changed.
    func contains(_ key: [UInt8]) -> Bool? {
        let place = place(of: key)
        if place < added.count, added[place].key == key { return true }
        return removed.contains(key) ? false : nil
    }

    mutating func insert(_ key: [UInt8], _ record: RecordID) { added.insert((key, record), at: place(of: key)) }

    mutating func remove(_ key: [UInt8]) {
        if contains(key) == true { added.remove(at: place(of: key)) } else { removed.insert(key) }
    }

    func added(in range: KeyRange, reverse: Bool) -> [(key: [UInt8], record: RecordID)] {
        let lower = place(of: range.lower)
        let found = added[lower..<max(lower, place(of: range.upper))]
        return reverse ? found.reversed() : Array(found)
    }

    /// The first place whose key is not below `key`.
    private func place(of key: [UInt8]) -> Int {
        var (low, high) = (0, added.count)
        while low < high {
            let middle = (low + high) / 2
            if added[middle].key.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
