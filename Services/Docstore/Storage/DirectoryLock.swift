import CLinux
import Glibc

/// Keeps a second process out of a data directory for as long as this one lives.
final class DirectoryLock {
    private let descriptor: Int32

    /// Makes the directory, and those above it, if they are not there.
    init(directory: String) throws {
        for (place, character) in directory.enumerated() where character == "/" && place > 0 {
            mkdir(String(directory.prefix(place)), 0o700)
        }
        mkdir(directory, 0o700)
        descriptor = open(directory + "/lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StorageError.unavailable(code: errno, message: "\(directory): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw StorageError.inUse(directory) }
    }

    deinit { close(descriptor) }
}
