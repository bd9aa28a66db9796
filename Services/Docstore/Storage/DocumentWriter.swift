import BSON

/// What a writing command stands on, directly or inside a transaction: the steps of which a document's insertion, change
/// and removal are made, the same for both.
protocol DocumentWriter: StoreView {
    /// Undoes everything since `body` began if it meets what a transaction holds.
    func statement<R>(_ body: () throws -> R) throws -> R
    func setCollection(_ collection: CollectionInfo) throws
    /// The next number of a kind (`collection` or `index`), never given out before.
    func newNumber(_ kind: String) throws -> Int
    func clear(_ index: IndexInfo) throws
    func newRecord(in collection: CollectionInfo) throws -> RecordID
    /// - Throws: `WriteConflict`, or `HeldByTransaction` where waiting helps.
    func claim(_ record: RecordID) throws
    /// - Returns: false if a unique index already has the key.
    /// - Throws: as `claim`.
    func insertEntry(_ index: IndexInfo, _ key: [UInt8], _ record: RecordID) throws -> Bool
    func removeEntry(_ index: IndexInfo, _ key: [UInt8], _ record: RecordID) throws
    func put(_ document: [UInt8]?, at record: RecordID, isNew: Bool, in collection: CollectionInfo) throws
}

/// A writer outside of transactions met what an open transaction holds: undo the statement, wait, try again.
struct HeldByTransaction: Error {}

/// One document at a time: its own row, its entries in every index and the checks of uniqueness happen together or not
/// at all.
extension DocumentWriter {
    /// The collection that is there meanwhile, or a new one.
    func createCollection(_ namespace: Namespace, options: BSONDocument) throws -> CollectionInfo {
        if let known = catalog[namespace] { return known }
        let specification: BSONDocument = ["v": 2, "key": ["_id": 1], "name": "_id_"]
        let id = try IndexInfo(number: newNumber("index"), specification: specification)
        let new = try CollectionInfo(
            number: newNumber("collection"), namespace: namespace, uuid: .randomUUID, options: options, indexes: [id])
        try setCollection(new)
        return new
    }

    func collection(_ namespace: Namespace) throws -> CollectionInfo {
        try catalog[namespace] ?? createCollection(namespace, options: [:])
    }

    /// - Parameters:
    ///   - old: nil to insert.
    ///   - new: nil to remove.
    /// - Throws: 11000 `DuplicateKey`.
    func change(
        _ record: RecordID, from old: BSONDocument?, to new: BSONDocument?, encoded: [UInt8]? = nil,
        in collection: CollectionInfo
    ) throws {
        try claim(record)
        var inserts: [(index: Int, key: [UInt8])] = []
        var removals: [(index: Int, key: [UInt8])] = []
        for place in collection.indexes.indices {
            // An `_id` never changes.
            if let old, let new, place == 0 || !collection.indexes[place].mayDiffer(old, new) { continue }
            let before: IndexKeys = try old.map(collection.indexes[place].keys) ?? ([], false)
            let after: IndexKeys = try new.map(collection.indexes[place].keys) ?? ([], false)
            if after.isMultikey, !collection.indexes[place].isMultikey, var current = catalog[collection.namespace] {
                current.indexes[place].isMultikey = true
                try setCollection(current)
            }
            for key in before.keys where !after.keys.contains(key) { removals.append((place, key)) }
            for key in after.keys where !before.keys.contains(key) { inserts.append((place, key)) }
        }
        for (position, (index, key)) in inserts.enumerated() {
            if try insertEntry(collection.indexes[index], key, record) { continue }
            for done in inserts[..<position] { try removeEntry(collection.indexes[done.index], done.key, record) }
            throw try collection.indexes[index].duplicate(key, of: new ?? [:], in: collection.namespace)
        }
        for (index, key) in removals { try removeEntry(collection.indexes[index], key, record) }
        try put(encoded, at: record, isNew: old == nil, in: collection)
    }
}
