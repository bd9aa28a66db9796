import Glibc

/// Reads files that hold one value, as mounted secrets do.
package enum SmallFile {
    /// - Returns: the text; nil when it can't be read, is no UTF-8 or is larger than 64 KiB.
    package static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0, contents.count + count <= 64 * 1024 else { return nil }
            if count == 0 { return String(validating: contents, as: UTF8.self) }
            contents += buffer[..<count]
        }
    }
}
