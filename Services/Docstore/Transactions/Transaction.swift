import BSON

/// One multi-document transaction in progress: a world of its own, a snapshot with its writes laid over it. Nothing
/// reaches the data file before the commit, so a client that dawdles holds up only those who want the very documents it
/// changed. Used by one command at a time: its session sees to that.
final class Transaction: DocumentWriter, @unchecked Sendable {
    /// A statement failed: whatever the reply says, the transaction is over.
    var hasFailed = false
    private(set) var catalog: Catalog

    private let store: Store
    private let identifier: Int64
    private let snapshot: ConnectionView
    /// What became of each document it touched; no bytes once deleted.
    private var documents: [RecordID: (namespace: Namespace, bytes: [UInt8]?)] = [:]
    private var entries: [Int: EntryOverlay] = [:]
    private var held: Set<ConflictKey> = []

    init(store: Store) throws {
        self.store = store
        (snapshot, identifier) = try store.writing.locked {
            (try store.openSnapshot(), store.conflicts.begin(snapshot: store.commitSequence))
        }
        catalog = snapshot.catalog
    }

    // MARK: reading

    func document(_ record: RecordID) throws -> [UInt8]? {
        if let own = documents[record] { return own.bytes }
        return try snapshot.document(record)
    }

    func documents(of collection: CollectionInfo, after: RecordID?, reverse: Bool) throws -> Rows<StoredDocument> {
        let base = try snapshot.documents(of: collection, after: after, reverse: reverse)
        let touched = documents
        let own = touched.compactMap { record, change -> StoredDocument? in
            guard record.collection == collection.number, let bytes = change.bytes else { return nil }
            if let after, reverse ? after <= record : record <= after { return nil }
            return (record, bytes)
        }
        let precedes: (StoredDocument, StoredDocument) -> Bool =
            reverse ? { $1.record < $0.record } : { $0.record < $1.record }
        return overlaid(base, without: { touched[$0.record] != nil }, with: own.sorted(by: precedes), precedes)
    }

    func documents(
        of collection: CollectionInfo, by index: IndexInfo, in range: KeyRange, reverse: Bool
    ) throws -> Rows<IndexedDocument> {
        let entries = try entries(of: index, in: range, reverse: reverse)
        return { [unowned self] in
            guard let entry = try entries() else { return nil }
            guard let document = try document(entry.record) else { throw SealedDocument.damage(to: entry.record) }
            return (entry.key, entry.record, document)
        }
    }

    private func entries(of index: IndexInfo, in range: KeyRange, reverse: Bool) throws -> Rows<IndexEntry> {
        let base = try snapshot.entries(of: index, in: range, reverse: reverse)
        guard let overlay = entries[index.number] else { return base }
        let precedes: (IndexEntry, IndexEntry) -> Bool =
            reverse ? { $1.key.lexicographicallyPrecedes($0.key) } : { $0.key.lexicographicallyPrecedes($1.key) }
        return overlaid(
            base, without: { overlay.removed.contains($0.key) }, with: overlay.added(in: range, reverse: reverse),
            precedes)
    }

    // MARK: writing

    /// A transaction cannot make a collection inside its buffer: it comes into being at once, empty.
    func createCollection(_ namespace: Namespace, options: BSONDocument) throws -> CollectionInfo {
        let created = try store.write { try $0.createCollection(namespace, options: options) }
        catalog[namespace] = created
        return created
    }

    func setCollection(_ collection: CollectionInfo) { catalog[collection.namespace] = collection }

    func newRecord(in collection: CollectionInfo) throws -> RecordID {
        try store.writing.locked { try store.newRecord(in: collection) }
    }

    func claim(_ record: RecordID) throws { try take(.document(record)) }

    func insertEntry(_ index: IndexInfo, _ key: [UInt8], _ record: RecordID) throws -> Bool {
        if index.isUnique {
            if try entries(of: index, in: KeyRange(prefix: key), reverse: false)() != nil { return false }
            try take(.unique(index: index.number, key: key))
        }
        entries[index.number, default: EntryOverlay()].insert(index.entry(key, record), record)
        return true
    }

    func removeEntry(_ index: IndexInfo, _ key: [UInt8], _ record: RecordID) throws {
        if index.isUnique { try take(.unique(index: index.number, key: key)) }
        entries[index.number, default: EntryOverlay()].remove(index.entry(key, record))
    }

    func put(_ document: [UInt8]?, at record: RecordID, isNew: Bool, in collection: CollectionInfo) {
        documents[record] = (collection.namespace, document)
    }

    /// - Throws: `WriteConflict` if another transaction holds the key or a later commit changed it.
    private func take(_ key: ConflictKey) throws {
        if held.contains(key) { return }
        guard store.writing.locked({ store.conflicts.take(key, for: identifier) }) else {
            throw CommandError.writeConflict
        }
        held.insert(key)
    }

    // MARK: the end

    /// Writes everything in one commit and lets go of what was held.
    /// - Parameter record: so that a repeated commit is known to have happened.
    /// - Throws: `WriteConflict` with nothing written.
    func commit(_ record: SessionRecord) throws {
        if documents.isEmpty { return abort() }
        store.writing.lock()
        defer { store.writing.unlock() }
        defer { release() }
        do {
            try store.writeLocked(of: identifier) { writer in
                // A storage error takes the whole commit back.
                do { try apply(to: writer) } catch let error as CommandError {
                    throw StorageError.unavailable(code: 0, message: error.message)
                }
                try writer.save(record)
            }
        } catch StorageError.unavailable(code: 0, _) {
            throw CommandError.writeConflict
        }
    }

    func abort() { store.writing.locked { release() } }

    private func release() {
        store.close(snapshot)
        store.conflicts.closed(identifier, holding: held)
        store.writing.broadcast()
    }

    /// Removals before additions, so that documents may exchange unique keys.
    private func apply(to writer: Writer) throws {
        let changes = documents.sorted { $0.key < $1.key }
        func collection(_ change: (key: RecordID, value: (namespace: Namespace, bytes: [UInt8]?))) throws
            -> CollectionInfo
        {
            let found = writer.catalog[change.value.namespace]
            guard let found, found.number == change.key.collection else { throw CommandError.writeConflict }
            return found
        }
        for change in changes {
            guard let old = try writer.document(change.key) else { continue }
            try writer.change(change.key, from: BSONDocument(bytes: old), to: nil, in: collection(change))
        }
        for change in changes {
            guard let bytes = change.value.bytes else { continue }
            let document = try BSONDocument(bytes: bytes)
            try writer.change(change.key, from: nil, to: document, encoded: bytes, in: collection(change))
        }
    }
}
