import CLinux
package import Runtime
import Glibc

/// Objects as files of one folder, for the local profile: a single machine, no redundancy.
///
/// A write goes to a temporary file, is flushed, renamed over its name, and the folder is flushed: a reader sees the
/// whole object or none, and a power cut takes nothing that was acknowledged.
package struct FolderStore: ObjectStore {
    private let root: String
    private let pool: BlockingPool

    /// Threads versus connections: there are none; four threads keep the disk busy without starving the processors.
    /// - Parameter root: an absolute path; it is created when it does not exist.
    package init(
        root: String, pool: BlockingPool = BlockingPool(name: "objects", threads: 4, queueLimit: 256)
    ) throws(ObjectStoreError) {
        guard root.hasPrefix("/") else { throw .refused("the folder's path must be absolute") }
        self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
        self.pool = pool
        try Self.makeFolders(self.root)
    }

    package func put(_ key: ObjectKey, _ bytes: [UInt8], contentType: String) async throws(ObjectStoreError) {
        let path = path(of: key)
        try await blocking { () throws(ObjectStoreError) in try Self.write(bytes, to: path) }
    }

    package func get(_ key: ObjectKey) async throws(ObjectStoreError) -> StoredObject {
        let path = path(of: key)
        let bytes = try await blocking { () throws(ObjectStoreError) in try Self.read(path) }
        return StoredObject(bytes: bytes, contentType: ContentType.ofKey(key))
    }

    package func delete(_ key: ObjectKey) async throws(ObjectStoreError) {
        let path = path(of: key)
        try await blocking { () throws(ObjectStoreError) in
            guard unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR else { throw Self.failure("unlink") }
        }
    }

    package func ping() async throws(ObjectStoreError) {
        let root = root
        try await blocking { () throws(ObjectStoreError) in
            guard access(root, W_OK | X_OK) == 0 else { throw Self.failure("access") }
        }
    }

    private func path(of key: ObjectKey) -> String { "\(root)/\(key.text)" }

    private func blocking<Success: Sendable>(
        _ work: @escaping @Sendable () throws(ObjectStoreError) -> Success
    ) async throws(ObjectStoreError) -> Success {
        do {
            return try await pool.run { try work() }
        } catch let error as ObjectStoreError {
            throw error
        } catch {
            throw .unavailable("\(error)")
        }
    }

    // MARK: Files

    private static func failure(_ call: String) -> ObjectStoreError {
        .unavailable(SystemError(call: call, code: errno).description)
    }

    private static func makeFolders(_ path: String) throws(ObjectStoreError) {
        var made = ""
        for segment in path.split(separator: "/") {
            made += "/\(segment)"
            guard mkdir(made, 0o750) == 0 || errno == EEXIST else { throw failure("mkdir") }
        }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(ObjectStoreError) {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        try makeFolders(folder)
        let temporary = "\(folder)/.tmp-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard file >= 0 else { throw failure("open") }
        do throws(ObjectStoreError) {
            defer { close(file) }
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw failure("write") }
                sent += count
            }
            guard fsync(file) == 0 else { throw failure("fsync") }
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else {
            let error = failure("rename")
            unlink(temporary)
            throw error
        }
        try flush(folder: folder)
    }

    private static func flush(folder: String) throws(ObjectStoreError) {
        let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw failure("open") }
        defer { close(handle) }
        guard fsync(handle) == 0 else { throw failure("fsync") }
    }

    private static func read(_ path: String) throws(ObjectStoreError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { throw .missing }
            throw failure("open")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure("fstat") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .missing }
        let size = Int(status.st_size)
        var filled = 0
        var bytes = [UInt8](repeating: 0, count: size)
        while filled < size {
            let count = bytes[filled...].withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("read") }
            filled += count
        }
        return bytes
    }
}
