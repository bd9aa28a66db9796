import CLinux
import Glibc

/// Keeps a second process out of a data directory for as long as this one lives.
final class DirectoryLock {
    private let descriptor: Int32

    init(directory: String) throws(StorageError) {
        var path = ""
        for part in directory.split(separator: "/", omittingEmptySubsequences: false) {
            path += path.isEmpty && !directory.hasPrefix("/") ? String(part) : (part.isEmpty ? "" : "/\(part)")
            if !path.isEmpty { mkdir(path, 0o700) }
        }
        descriptor = open(directory + "/lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .unavailable(code: errno, message: "\(directory): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .inUse(directory) }
    }

    deinit { close(descriptor) }
}
