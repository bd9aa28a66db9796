import Glibc

/// Reads files that are read whole: mounted secrets, and documents made at build time.
package enum SmallFile {
    /// - Returns: the text; nil when it can't be read, is no UTF-8 or is larger than the limit.
    package static func read(_ path: String, limit: Int = 64 * 1024) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0, contents.count + count <= limit else { return nil }
            if count == 0 { return String(validating: contents, as: UTF8.self) }
            contents += buffer[..<count]
        }
    }

    /// Whether something of this name is there; with `isFile`, whether it is a regular file.
    package static func exists(_ path: String, isFile: Bool = false) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        return !isFile || status.st_mode & S_IFMT == S_IFREG
    }
}
