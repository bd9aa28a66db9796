import Foundation

/// Folders for tests, all of them in one of the process, which goes when the process ends.
///
/// What a killed process left goes with the next one: whoever lives holds a lock on a file beside its folder.
package enum TestFolder {
    /// A path that nobody else has; nothing is there yet.
    package static func path(_ name: String) -> String { "\(own)/\(name)-\(UUID().uuidString)" }

    private static let all = NSTemporaryDirectory() + "/circle-tests-\(getuid())"

    private static let own: String = {
        let folder = "\(all)/\(UUID().uuidString)"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        removeLeft()
        _ = lock("\(folder).lock")  // until the process ends
        atexit { TestFolder.remove(TestFolder.own) }
        return folder
    }()

    private static func removeLeft() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: all)) ?? [] where name.hasSuffix(".lock") {
            guard let descriptor = lock("\(all)/\(name)") else { continue }
            remove("\(all)/\(name.dropLast(5))")
            close(descriptor)
        }
    }

    private static func remove(_ folder: String) {
        try? FileManager.default.removeItem(atPath: folder)
        // Servers that have not ended yet may still write: then the next process finds it.
        if !FileManager.default.fileExists(atPath: folder) {
            try? FileManager.default.removeItem(atPath: "\(folder).lock")
        }
    }

    private static func lock(_ path: String) -> Int32? {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
        close(descriptor)
        return nil
    }
}
