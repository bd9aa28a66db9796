import BSON
import CLinux
import CSQLite
import Glibc
import Synchronization

/// The files, the connections to them, and who may use which.
/// One connection writes, under `writing`; any number read, each in a snapshot of its own that no writer disturbs
/// (SQLite's write-ahead log). A commit writes the log without waiting for the disk; `flush` waits, once for all who
/// need it. The catalog is kept in memory and replaced as a whole together with the commit that changes it, so that no
/// reader pairs an old catalog with a new snapshot.
final class Store: @unchecked Sendable {
    /// The write lock, and what those wait on whom a transaction holds up.
    let writing = Monitor()
    /// What transactions hold; guarded by `writing`.
    let conflicts = ConflictTable()

    /// Locked for as long as this lives: no other process uses the directory.
    private let lock: OpenFile
    private let path: String
    private let writer: SQLiteConnection
    private let committed = Atomic<Int64>(0)
    /// SQLite's log, and the commit up to which the disk has it.
    private let log = Mutex((descriptor: Int32(-1), flushed: Int64(0)))
    private let current: Mutex<Catalog>
    private let readers = Mutex<[SQLiteConnection]>([])
    /// By collection; never goes back, since open transactions keep what they were given. Guarded by `writing`.
    private var lastRecord: [Int: Int64] = [:]

    private static let idleReaders = 4
    private static let readFormat: StaticString = "SELECT value FROM meta WHERE name = 'format'"

    /// Opens the data directory, or makes it. Reads the catalog and nothing else, whatever the size.
    init(directory: String) throws {
        lock = try Self.lock(directory)
        path = directory + "/docstore.sqlite"
        csqlite_count_no_memory()
        // A commit does not wait for the disk; `flush` does. Checkpoints do too.
        writer = try SQLiteConnection(
            path: path,
            pragmas: """
                PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
                PRAGMA wal_autocheckpoint = 8000
                """)
        try writer.execute(Tables.schema)
        let format = try writer.first(Self.readFormat) { $0.integer(0) } ?? 0
        guard format == Tables.format else {
            throw StorageError.damaged("the data file has format \(format), not \(Tables.format)")
        }
        var catalog = Catalog()
        let collections = try writer.rows("SELECT number, database, name, body FROM catalog") { try CollectionInfo($0) }
        while let collection = try collections() { catalog[collection.namespace] = collection }
        current = Mutex(catalog)
    }

    deinit { log.withLock { if $0.descriptor >= 0 { Glibc.close($0.descriptor) } } }

    private struct OpenFile: ~Copyable {
        let descriptor: Int32
        deinit { Glibc.close(descriptor) }
    }

    /// Makes the directory, and those above it, if they are not there, and keeps a second process out of it.
    private static func lock(_ directory: String) throws -> OpenFile {
        for (place, character) in directory.enumerated() where character == "/" && place > 0 {
            mkdir(String(directory.prefix(place)), 0o700)
        }
        mkdir(directory, 0o700)
        let file = OpenFile(descriptor: open(directory + "/lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600))
        let failure = SystemError(call: directory, code: errno)
        guard file.descriptor >= 0 else { throw failure }
        guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else { throw StorageError.inUse(directory) }
        return file
    }

    var catalog: Catalog { current.withLock { $0 } }
    var commitSequence: Int64 { committed.load(ordering: .acquiring) }
    var fileSize: Int64 {
        var information = stat()
        return stat(path, &information) == 0 ? Int64(information.st_size) : 0
    }

    /// Waits until everything committed so far is on disk. One `fdatasync` serves everyone: those who waited for the
    /// one before find that it served them, or that the first of them does for all.
    func flush() throws {
        let wanted = commitSequence
        try log.withLock { log in
            if log.flushed >= wanted { return }
            let covered = commitSequence
            if log.descriptor < 0 { log.descriptor = open(path + "-wal", O_RDONLY | O_CLOEXEC) }
            let isOnDisk = log.descriptor >= 0 && fdatasync(log.descriptor) == 0
            if !isOnDisk { throw SystemError(call: "fdatasync", code: errno) }
            log.flushed = covered
        }
    }

    /// Moves the log into the data file, so that the next opening finds one file; the caller stops using the store.
    func settle() throws { try writing.locked { try writer.execute("PRAGMA wal_checkpoint(TRUNCATE)") } }

    func read<R>(_ body: (ConnectionView) throws -> R) throws -> R {
        let snapshot = try openSnapshot()
        defer { close(snapshot) }
        return try body(snapshot)
    }

    /// One document by its `_id`. A single statement is a snapshot by itself.
    func document(in collection: CollectionInfo, id: BSONValue) throws -> [UInt8]? {
        let view = ConnectionView(connection: try takeReader(), catalog: Catalog())
        defer { giveBack(view.connection) }
        return try view.document(in: collection, id: KeyEncoder.encode(id))?.document
    }

    /// A consistent state to keep: the caller closes it.
    func openSnapshot() throws -> ConnectionView {
        let connection = try takeReader()
        try connection.run("BEGIN")
        let catalog = try current.withLock { catalog in
            // The first read is where the snapshot is taken.
            _ = try connection.first(Self.readFormat) { $0.integer(0) }
            return catalog
        }
        return ConnectionView(connection: connection, catalog: catalog)
    }

    func close(_ snapshot: ConnectionView) {
        do { try snapshot.connection.run("COMMIT") } catch { return }  // not given back, so closed
        giveBack(snapshot.connection)
    }

    private func takeReader() throws -> SQLiteConnection {
        try readers.withLock { $0.popLast() } ?? SQLiteConnection(path: path, pragmas: "PRAGMA query_only = 1")
    }

    private func giveBack(_ connection: SQLiteConnection) {
        readers.withLock { if $0.count < Self.idleReaders { $0.append(connection) } }
    }

    func record(of session: SessionID) throws -> BSONDocument? {
        let connection = try takeReader()
        defer { giveBack(connection) }
        let records = try (0..<Tables.sessionShards).compactMap { shard in
            try connection.first("SELECT body FROM retries_# WHERE session = ?1", shard: shard, session.bytes) { row in
                try BSONDocument(bytes: row.withBytes(0) { [UInt8]($0) })
            }
        }
        return records.max { $0.int64("number") ?? 0 < $1.int64("number") ?? 0 }
    }

    /// Runs `body` as the only writer and commits what it wrote, whether or not it then throws a command's error: each
    /// statement of a command stands alone. A storage error takes everything back.
    func write<R>(_ body: (Writer) throws -> R) throws -> R { try writing.locked { try writeLocked(body) } }

    /// `write` for a caller who holds `writing`.
    /// - Parameter transaction: whose writes they are; any error takes them back.
    func writeLocked<R>(of transaction: Int64? = nil, _ body: (Writer) throws -> R) throws -> R {
        let view = Writer(store: self, connection: writer, catalog: catalog, committing: transaction)
        try writer.run("BEGIN IMMEDIATE")
        let result = Result { try body(view) }
        do {
            if case .failure(let error) = result, transaction != nil || error is StorageError { throw error }
            if view.catalogChanged {
                try current.withLock { [catalog = view.catalog] current in
                    try writer.run("COMMIT")
                    current = catalog
                }
            } else {
                try writer.run("COMMIT")
            }
        } catch {
            if writer.inTransaction { _ = try? writer.run("ROLLBACK") }  // SQLite may have rolled back by itself
            throw error
        }
        let sequence = committed.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue
        conflicts.noteCommitted(view.touched, at: sequence)
        return try result.get()
    }

    /// A record for a new document; the caller holds `writing`.
    func newRecord(in collection: CollectionInfo) throws -> RecordID {
        let (lower, upper) = RecordID.bounds(of: collection.number)
        let sql: StaticString = "SELECT max(record) FROM documents_# WHERE record > ?1 AND record < ?2"
        let last =
            try lastRecord[collection.number]
            ?? writer.first(sql, shard: collection.shard, lower.raw, upper.raw) { $0.integer(0) } ?? 0
        let record = RecordID(raw: max(last, lower.raw) + 1)
        lastRecord[collection.number] = record.raw
        return record
    }
}
