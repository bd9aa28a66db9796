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
    /// By index and key; no record where one was removed.
    private var entries: [Int: [[UInt8]: RecordID?]] = [:]
    /// Collections that nobody else sees before the commit.
    private(set) var created: [Namespace] = []
    private var held: Set<ConflictKey> = []

    init(store: Store) throws {
        self.store = store
        (snapshot, identifier) = try store.writing.locked {
            (try store.openSnapshot(), store.conflicts.begin(snapshot: store.commitSequence))
        }
        catalog = snapshot.catalog
    }

    func document(_ record: RecordID) throws -> [UInt8]? {
        if let own = documents[record] { return own.bytes }
        return try snapshot.document(record)
    }

    func document(in collection: CollectionInfo, id: [UInt8]) throws -> StoredDocument? {
        let own = entries[collection.idIndex.number]?[id]
        let record = try own ?? snapshot.document(in: collection, id: id)?.record
        return try record.flatMap { record in try document(record).map { (record, $0) } }
    }

    func documents(of collection: CollectionInfo, along walk: Walk) throws -> Rows<FoundDocument> {
        let base = try snapshot.documents(of: collection, along: walk)
        let touched = documents
        guard let index = walk.index else {
            let own = touched.compactMap { record, change -> FoundDocument? in
                guard record.collection == collection.number, let bytes = change.bytes else { return nil }
                let isPassed = walk.last.map { walk.reverse ? $0.record <= record : record <= $0.record } ?? false
                return isPassed ? nil : ([], record, bytes)
            }
            let isTouched = { (row: FoundDocument) in touched[row.record] != nil }
            return overlaid(base, without: isTouched, with: own.sorted(by: walk.isOrdered), walk.isOrdered)
        }
        let (changes, range) = (entries[index.number] ?? [:], walk.rest)
        let own = changes.compactMap { key, record -> FoundDocument? in
            guard let record, range.contains(key) else { return nil }
            return (key, record, touched[record]?.bytes ?? [])
        }
        let isChanged = { (row: FoundDocument) in changes[row.key] != nil }
        let rows = overlaid(base, without: isChanged, with: own.sorted(by: walk.isOrdered), walk.isOrdered)
        // A document can have changed and this entry of it not.
        return { try rows().map { ($0.key, $0.record, touched[$0.record]?.bytes ?? $0.document) } }
    }

    func statement<R>(_ body: () throws -> R) throws -> R { try body() }

    func setCollection(_ collection: CollectionInfo) {
        if catalog[collection.namespace] == nil { created.append(collection.namespace) }
        catalog[collection.namespace] = collection
    }

    func newNumber(_ kind: String) throws -> Int { try store.write { try $0.newNumber(kind) } }
    func clear(_ index: IndexInfo) { entries[index.number] = nil }

    func newRecord(in collection: CollectionInfo) throws -> RecordID {
        try store.writing.locked { try store.newRecord(in: collection) }
    }

    func claim(_ record: RecordID) throws { try take(.document(record)) }

    func insertEntry(_ index: IndexInfo, _ key: [UInt8], _ record: RecordID) throws -> Bool {
        if index.isUnique {
            let own = entries[index.number]?[key].map { $0 != nil }
            if try own ?? snapshot.hasEntry(index, key) { return false }
            try take(.unique(index: index.number, key: key))
        }
        entries[index.number, default: [:]].updateValue(record, forKey: index.entry(key, record))
        return true
    }

    func removeEntry(_ index: IndexInfo, _ key: [UInt8], _ record: RecordID) throws {
        if index.isUnique { try take(.unique(index: index.number, key: key)) }
        entries[index.number, default: [:]].updateValue(nil, forKey: index.entry(key, record))
    }

    func put(_ document: [UInt8]?, at record: RecordID, isNew: Bool, in collection: CollectionInfo) {
        documents[record] = (collection.namespace, document)
    }

    /// - Throws: `WriteConflict` if another transaction holds the key or a later commit changed it.
    private func take(_ key: ConflictKey) throws {
        if held.contains(key) { return }
        let isFree = store.writing.locked { store.conflicts.take(key, for: identifier) }
        if !isFree { throw CommandError.writeConflict }
        held.insert(key)
    }

    /// Writes everything in one commit and lets go of what was held.
    /// - Throws: `WriteConflict` with nothing written.
    func commit(_ record: SessionRecord) throws {
        if documents.isEmpty, created.isEmpty { return abort() }
        store.writing.lock()
        defer { store.writing.unlock() }
        defer { release() }
        do {
            try store.writeLocked(of: identifier) { writer in
                try apply(to: writer)
                try writer.save(record)
            }
        } catch is CommandError {
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
        for namespace in created {
            guard writer.catalog[namespace] == nil else { throw CommandError.writeConflict }
            if let collection = catalog[namespace] { try writer.setCollection(collection) }
        }
        let changes = documents.sorted { $0.key < $1.key }
        func collection(_ namespace: Namespace, of record: RecordID) throws -> CollectionInfo {
            let found = writer.catalog[namespace]
            guard let found, found.number == record.collection else { throw CommandError.writeConflict }
            return found
        }
        for (record, change) in changes {
            guard let old = try writer.document(record) else { continue }
            let collection = try collection(change.namespace, of: record)
            try writer.change(record, from: BSONDocument(bytes: old), to: nil, in: collection)
        }
        for (record, change) in changes {
            guard let bytes = change.bytes else { continue }
            let collection = try collection(change.namespace, of: record)
            try writer.change(record, from: nil, to: BSONDocument(bytes: bytes), encoded: bytes, in: collection)
        }
    }
}
