import Glibc

/// Makes committed writes survive a power cut: one `fdatasync` of SQLite's log serves every writer that waits for it.
///
/// A commit without it already survives the death of the process (the bytes are the kernel's), which is what an
/// acknowledged write without `j` promises.
final class LogFlusher: @unchecked Sendable {
    private let monitor = Monitor()
    private let path: String
    private var descriptor: Int32 = -1
    private var flushed: Int64 = 0
    private var isFlushing = false

    init(logPath: String) { path = logPath }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Returns once the log holds everything committed up to `sequence` on disk.
    /// - Parameter latest: the newest committed sequence, read when the flush begins.
    func flush(upTo sequence: Int64, latest: () -> Int64) throws {
        monitor.lock()
        defer { monitor.unlock() }
        while flushed < sequence {
            if isFlushing {
                monitor.wait()
                continue
            }
            isFlushing = true
            let covered = latest()
            monitor.unlock()
            let code = synchronise()
            monitor.lock()
            isFlushing = false
            monitor.broadcast()
            guard code == 0 else {
                throw StorageError.unavailable(code: code, message: "fdatasync of the log failed")
            }
            flushed = max(flushed, covered)
        }
    }

    private func synchronise() -> Int32 {
        if descriptor < 0 { descriptor = open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { return errno }
        return fdatasync(descriptor) == 0 ? 0 : errno
    }
}
