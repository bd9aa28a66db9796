import BSON

/// What a writing command stands on, directly or inside a transaction. These are its steps; what a document's insertion,
/// change and removal are made of follows from them, so that it is the same for both.
protocol DocumentWriter: StoreView {
    /// The collection that is there meanwhile, or a new one.
    func createCollection(_ namespace: Namespace, options: BSONDocument) throws -> CollectionInfo
    /// Replaces what the catalog knows of a collection.
    func setCollection(_ collection: CollectionInfo) throws
    func newRecord(in collection: CollectionInfo) throws -> RecordID
    /// - Throws: `WriteConflict`, or `HeldByTransaction` where waiting helps.
    func claim(_ record: RecordID) throws
    /// - Returns: false if a unique index already has the key.
    /// - Throws: as `claim`.
    func insertEntry(_ index: IndexInfo, _ key: [UInt8], _ record: RecordID) throws -> Bool
    func removeEntry(_ index: IndexInfo, _ key: [UInt8], _ record: RecordID) throws
    /// - Parameter document: nil to remove it.
    func put(_ document: [UInt8]?, at record: RecordID, isNew: Bool, in collection: CollectionInfo) throws
}

/// A writer outside of transactions met what an open transaction holds: undo the statement, wait, try again.
struct HeldByTransaction: Error {}

/// One document at a time: its own row, its entries in every index and the checks of uniqueness happen together or not
/// at all.
extension DocumentWriter {
    /// The collection to write to, made if it is not there.
    func collection(_ namespace: Namespace) throws -> CollectionInfo {
        try catalog[namespace] ?? createCollection(namespace, options: [:])
    }

    /// - Throws: 11000 `DuplicateKey`.
    func insert(
        _ document: BSONDocument, encoded: [UInt8], into collection: CollectionInfo, as given: RecordID? = nil
    ) throws {
        let record = try given ?? newRecord(in: collection)
        try changeEntries(of: record, from: nil, to: document, in: collection)
        try put(encoded, at: record, isNew: true, in: collection)
    }

    func replace(
        _ record: RecordID, _ old: BSONDocument, with new: BSONDocument, encoded: [UInt8],
        in collection: CollectionInfo
    ) throws {
        try changeEntries(of: record, from: old, to: new, in: collection)
        try put(encoded, at: record, isNew: false, in: collection)
    }

    func delete(_ record: RecordID, _ old: BSONDocument, from collection: CollectionInfo) throws {
        try changeEntries(of: record, from: old, to: nil, in: collection)
        try put(nil, at: record, isNew: false, in: collection)
    }

    private func changeEntries(
        of record: RecordID, from old: BSONDocument?, to new: BSONDocument?, in collection: CollectionInfo
    ) throws {
        try claim(record)
        var inserts: [(index: Int, key: [UInt8])] = []
        var removals: [(index: Int, key: [UInt8])] = []
        for place in collection.indexes.indices {
            // An `_id` never changes.
            if let old, let new, place == 0 || !collection.indexes[place].mayDiffer(old, new) { continue }
            let before = try old.map { try IndexKeyGenerator.keys(of: $0, in: collection.indexes[place]) } ?? .none
            let after = try new.map { try IndexKeyGenerator.keys(of: $0, in: collection.indexes[place]) } ?? .none
            if after.isMultikey, !collection.indexes[place].isMultikey { try markMultikey(place, of: collection) }
            for key in before.keys where !after.keys.contains(key) { removals.append((place, key)) }
            for key in after.keys where !before.keys.contains(key) { inserts.append((place, key)) }
        }
        for (position, insert) in inserts.enumerated() {
            if try insertEntry(collection.indexes[insert.index], insert.key, record) { continue }
            for done in inserts[..<position] { try removeEntry(collection.indexes[done.index], done.key, record) }
            throw try CommandError.duplicateKey(
                collection.indexes[insert.index], insert.key, new ?? [:], collection.namespace)
        }
        for removal in removals { try removeEntry(collection.indexes[removal.index], removal.key, record) }
    }

    /// Notes that an index now has documents with several keys.
    private func markMultikey(_ place: Int, of collection: CollectionInfo) throws {
        guard var current = catalog[collection.namespace], !current.indexes[place].isMultikey else { return }
        current.indexes[place].isMultikey = true
        try setCollection(current)
    }
}
