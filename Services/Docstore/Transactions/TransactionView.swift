import BSON

/// A transaction's own world: its snapshot, with its writes laid over it. Nothing reaches the data file before the
/// commit, so a client that dawdles holds up only those who want the very documents it changed.
final class TransactionView: StoreView, DocumentWriter {
    private let store: Store
    private let snapshot: Snapshot
    private let snapshotSequence: Int64
    private let transaction: Int64
    private(set) var catalog: Catalog
    /// What became of each document the transaction touched.
    private(set) var changes: [RecordID: Change] = [:]
    /// The entries that changed documents have now, by index.
    private var entries: [Int: OverlayEntries] = [:]
    private(set) var held: Set<ConflictKey> = []

    struct Change {
        let namespace: Namespace
        /// As the snapshot has it; nil for a document the transaction itself inserted.
        let original: [UInt8]?
        /// Nil once deleted.
        var current: [UInt8]?
    }

    init(store: Store, snapshot: Snapshot, sequence: Int64, transaction: Int64) {
        self.store = store
        self.snapshot = snapshot
        snapshotSequence = sequence
        self.transaction = transaction
        catalog = snapshot.catalog
    }

    func close() { store.close(snapshot) }

    // MARK: reading

    func document(_ record: RecordID) throws -> [UInt8]? {
        if let change = changes[record] { return change.current }
        return try snapshot.document(record)
    }

    func scan(_ collection: CollectionInfo, after: RecordID?, reverse: Bool) throws -> any RecordScan {
        let base = try snapshot.scan(collection, after: after, reverse: reverse)
        let own = changes.filter { record, _ in
            guard record.collection == collection.number else { return false }
            guard let after else { return true }
            return reverse ? record < after : after < record
        }
        if own.isEmpty { return base }
        let ordered = own.sorted { reverse ? $1.key < $0.key : $0.key < $1.key }
        return MergedRecordScan(base: base, own: ordered.map { ($0.key, $0.value.current) }, reverse: reverse)
    }

    func scan(_ index: IndexInfo, _ range: KeyRange, reverse: Bool) throws -> any EntryScan {
        let base = try snapshot.scan(index, range, reverse: reverse)
        guard let own = entries[index.number] else { return base }
        return MergedEntryScan(base: base, own: own.inside(range, reverse: reverse), touched: changes, reverse: reverse)
    }

    private func record(in index: IndexInfo, key: [UInt8]) throws -> RecordID? {
        if let own = entries[index.number]?.record(under: key) { return own }
        guard let base = try snapshot.record(in: index, key: key), changes[base] == nil else { return nil }
        return base
    }

    // MARK: writing

    func insert(_ document: BSONDocument, encoded: [UInt8], into collection: CollectionInfo) throws {
        let record = try store.writing.locked { () throws(StorageError) in try store.newRecord(in: collection) }
        try take([.document(record)])
        try putEntries(of: document, record, collection)
        changes[record] = Change(namespace: collection.namespace, original: nil, current: encoded)
    }

    func replace(
        _ record: RecordID, _ old: BSONDocument, with new: BSONDocument, encoded: [UInt8],
        in collection: CollectionInfo
    ) throws {
        try take([.document(record)])
        try remember(record, old, collection)
        try putEntries(of: new, record, collection)
        changes[record]?.current = encoded
    }

    func delete(_ record: RecordID, _ old: BSONDocument, from collection: CollectionInfo) throws {
        try take([.document(record)])
        try remember(record, old, collection)
        for index in collection.indexes {
            try takeUnique(try IndexKeyGenerator.keys(of: old, in: index).keys, index)
            entries[index.number, default: OverlayEntries()].remove(record)
        }
        changes[record]?.current = nil
    }

    /// A collection that came into being for this transaction.
    func add(_ collection: CollectionInfo) { catalog[collection.namespace] = collection }

    /// Notes the first change of a document: from now on the overlay speaks for it.
    private func remember(_ record: RecordID, _ old: BSONDocument, _ collection: CollectionInfo) throws {
        guard changes[record] == nil else { return }
        let original = try snapshot.document(record)
        for index in collection.indexes {
            let keys = try IndexKeyGenerator.keys(of: old, in: index).keys
            entries[index.number, default: OverlayEntries()].put(keys, for: record, in: index)
        }
        changes[record] = Change(namespace: collection.namespace, original: original, current: original)
    }

    private func putEntries(of document: BSONDocument, _ record: RecordID, _ collection: CollectionInfo) throws {
        var generated: [(index: IndexInfo, keys: [[UInt8]])] = []
        for index in collection.indexes {
            let keys = try IndexKeyGenerator.keys(of: document, in: index)
            if keys.isMultikey, !index.isMultikey { markMultikey(index, collection.namespace) }
            if index.isUnique {
                for key in keys.keys {
                    if let other = try self.record(in: index, key: key) {
                        if other == record { continue }
                        throw try CommandError.duplicateKey(index, key, document, collection.namespace)
                    }
                }
                try takeUnique(keys.keys, index)
            }
            generated.append((index, keys.keys))
        }
        for (index, keys) in generated {
            entries[index.number, default: OverlayEntries()].put(keys, for: record, in: index)
        }
    }

    private func markMultikey(_ index: IndexInfo, _ namespace: Namespace) {
        guard var collection = catalog[namespace],
            let position = collection.indexes.firstIndex(where: { $0.number == index.number })
        else { return }
        collection.indexes[position].isMultikey = true
        catalog[namespace] = collection
    }

    private func takeUnique(_ keys: [[UInt8]], _ index: IndexInfo) throws {
        guard index.isUnique else { return }
        try take(keys.map { .unique(index: index.number, key: $0) })
    }

    /// - Throws: `WriteConflict` if another transaction holds a key or a later commit changed it.
    private func take(_ keys: [ConflictKey]) throws {
        try store.writing.locked {
            for key in keys where !held.contains(key) {
                guard store.conflicts.take(key, for: transaction, snapshot: snapshotSequence) else {
                    throw CommandError.writeConflict
                }
                held.insert(key)
            }
        }
    }
}
