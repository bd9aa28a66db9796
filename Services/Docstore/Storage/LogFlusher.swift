import Glibc
import Synchronization

/// Makes committed writes survive a power cut: one `fdatasync` of SQLite's log serves every writer that waits for it.
///
/// A commit without it already survives the death of the process (the bytes are the kernel's), which is what an
/// acknowledged write without `j` promises.
final class LogFlusher: Sendable {
    private let path: String
    private let log = Mutex((descriptor: Int32(-1), flushed: Int64(0)))

    init(logPath: String) { path = logPath }

    deinit { log.withLock { if $0.descriptor >= 0 { close($0.descriptor) } } }

    /// Returns once the log holds everything committed up to `sequence` on disk. Those who waited for the one before
    /// find that it served them, or that the first of them does for all.
    /// - Parameter latest: the newest committed sequence, read when the flush begins.
    func flush(upTo sequence: Int64, latest: () -> Int64) throws {
        try log.withLock { log in
            if log.flushed >= sequence { return }
            let covered = latest()
            if log.descriptor < 0 { log.descriptor = open(path, O_RDONLY | O_CLOEXEC) }
            guard log.descriptor >= 0, fdatasync(log.descriptor) == 0 else {
                throw StorageError.unavailable(code: errno, message: "fdatasync of the log failed")
            }
            log.flushed = covered
        }
    }
}
