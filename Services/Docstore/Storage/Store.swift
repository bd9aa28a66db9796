import BSON
import Glibc
import Synchronization

/// The files, the connections to them, and who may use which.
///
/// One connection writes, under `writing`; any number read, each in a snapshot of its own that no writer disturbs
/// (SQLite's write-ahead log). A commit writes the log without waiting for the disk; `flush` waits, once for all who
/// need it. The catalog is kept in memory and replaced as a whole together with the commit that changes it: `gate`
/// lets no reader pair an old catalog with a new snapshot.
final class Store: @unchecked Sendable {
    /// The write lock, and what those wait on whom a transaction holds up.
    let writing = Monitor()
    /// What transactions hold; guarded by `writing`.
    let conflicts = ConflictTable()

    private let path: String
    private let writer: SQLiteConnection
    private let flusher: LogFlusher
    private let lock: DirectoryLock
    private let committed = Atomic<Int64>(0)
    private let gate = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)
    private let current: Mutex<Catalog>
    private let databases: Mutex<Set<String>>
    private let readers = Mutex<[SQLiteConnection]>([])
    private var nextSequence: [Int: Int64] = [:]
    let sessions: SessionRecords

    private static let idleReaders = 4
    private static let cacheKiB = 4096

    /// Opens the data directory, or makes it. Reads the catalog and nothing else, whatever the size.
    init(directory: String) throws {
        lock = try DirectoryLock(directory: directory)
        path = directory + "/docstore.sqlite"
        writer = try SQLiteConnection(path: path, cacheKiB: 4 * Self.cacheKiB)
        try StoreSchema.prepare(writer)
        let catalog = try CatalogTable.load(writer)
        current = Mutex(catalog)
        databases = Mutex(Set(catalog.databases))
        sessions = try SessionRecords(writer)
        flusher = LogFlusher(logPath: path + "-wal")
        pthread_rwlock_init(gate, nil)
    }

    deinit {
        pthread_rwlock_destroy(gate)
        gate.deallocate()
    }

    var catalog: Catalog { current.withLock { $0 } }
    /// Grows with every commit.
    var commitSequence: Int64 { committed.load(ordering: .acquiring) }

    // MARK: reading

    /// Runs `body` over one consistent state of everything committed.
    func read<R>(_ body: (Snapshot) throws -> R) throws -> R {
        let snapshot = try openSnapshot()
        defer { close(snapshot) }
        return try body(snapshot)
    }

    /// One document by its `_id`. A single statement is a snapshot by itself.
    func document(in collection: CollectionInfo, id: BSONValue) throws -> [UInt8]? {
        let connection = try readers.withLock { $0.popLast() } ?? newReader()
        let view = ConnectionView(connection: connection, catalog: Catalog())
        let found = try view.document(in: collection, id: KeyEncoder.encode(id))
        readers.withLock { if $0.count < Self.idleReaders { $0.append(connection) } }
        return found?.document
    }

    /// A consistent state to keep: the caller closes it.
    func openSnapshot() throws -> Snapshot {
        let connection = try readers.withLock { $0.popLast() } ?? newReader()
        do {
            try connection.run(.begin)
            pthread_rwlock_rdlock(gate)
            defer { pthread_rwlock_unlock(gate) }
            try connection.with(StatementKey(.pin)) { statement throws(StorageError) in _ = try statement.step() }
            return Snapshot(connection: connection, catalog: catalog)
        } catch {
            if connection.inTransaction { try? connection.run(.rollback) }  // the first error is the one to tell
            throw error
        }
    }

    func close(_ snapshot: Snapshot) {
        let connection = snapshot.connection
        do {
            try connection.run(.commit)
        } catch {
            return  // not given back, so closed
        }
        readers.withLock { if $0.count < Self.idleReaders { $0.append(connection) } }
    }

    private func newReader() throws(StorageError) -> SQLiteConnection {
        let connection = try SQLiteConnection(path: path, cacheKiB: Self.cacheKiB / 2)
        try connection.execute("PRAGMA query_only = 1")
        return connection
    }

    // MARK: writing

    /// Runs `body` as the only writer and commits what it wrote, whether or not it then throws a command's error: each
    /// statement of a command stands alone. A storage error takes everything back.
    func write<R>(_ body: (Writer) throws -> R) throws -> R {
        writing.lock()
        defer { writing.unlock() }
        return try writeLocked(body)
    }

    /// `write` for a caller who holds `writing`.
    func writeLocked<R>(_ body: (Writer) throws -> R) throws -> R {
        let view = Writer(store: self, connection: writer, catalog: catalog)
        try writer.run(.beginImmediate)
        do {
            let result = try body(view)
            try commit(view)
            return result
        } catch let error as StorageError {
            rollBack()
            throw error
        } catch {
            do { try commit(view) } catch {
                rollBack()
                throw error
            }
            throw error
        }
    }

    private func commit(_ view: Writer) throws {
        if view.catalogChanged {
            pthread_rwlock_wrlock(gate)
            defer { pthread_rwlock_unlock(gate) }
            try writer.run(.commit)
            current.withLock { $0 = view.catalog }
        } else {
            try writer.run(.commit)
        }
        let sequence = committed.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue
        conflicts.noteCommitted(view.touched, at: sequence)
        sessions.publish()
    }

    private func rollBack() {
        if writer.inTransaction { try? writer.run(.rollback) }  // SQLite may have rolled back by itself
        nextSequence = [:]
        sessions.discard()
    }

    /// Moves the log into the data file, so that the next opening finds one file; the caller stops using the store.
    func settle() throws {
        try writing.locked { () throws(StorageError) in try writer.execute("PRAGMA wal_checkpoint(TRUNCATE)") }
    }

    /// Waits until everything committed so far is on disk.
    func flush() throws(StorageError) {
        try flusher.flush(upTo: commitSequence) { commitSequence }
    }

    /// A database exists from its first collection until it is dropped, empty or not.
    func note(database: String) { databases.withLock { _ = $0.insert(database) } }

    /// - Returns: whether it existed.
    func forget(database: String) -> Bool { databases.withLock { $0.remove(database) != nil } }

    /// Forgets what retries of old sessions would be answered.
    func forgetSessions(unusedSince limit: Int64) throws {
        try write { try sessions.forget(unusedSince: limit, $0.connection) }
    }

    /// Of the data file, in bytes.
    var fileSize: Int64 {
        var information = stat()
        return stat(path, &information) == 0 ? Int64(information.st_size) : 0
    }

    /// A record for a new document; the caller holds `writing`.
    func newRecord(in collection: CollectionInfo) throws(StorageError) -> RecordID {
        let number = collection.number
        let known = nextSequence[number]
        let next = if let known { known } else { try lastSequence(number) + 1 }
        nextSequence[number] = next + 1
        return RecordID(collection: number, sequence: next)
    }

    private func lastSequence(_ number: Int) throws(StorageError) -> Int64 {
        let bounds = RecordID.bounds(of: number)
        let key = StatementKey(.lastDocument, shard: number % StatementKey.shards)
        return try writer.with(key) { statement throws(StorageError) -> Int64 in
            statement.bind(1, bounds.lower.raw)
            statement.bind(2, bounds.upper.raw)
            return try statement.step() ? RecordID(raw: max(statement.integer(0), bounds.lower.raw)).sequence : 0
        }
    }
}

/// A committed state of everything.
final class Snapshot: ConnectionView {}
