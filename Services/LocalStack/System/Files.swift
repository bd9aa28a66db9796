internal import Glibc

/// The few file operations that the stack needs, without Foundation.
package enum Files {
    package static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    package static func isExecutable(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    package static func size(_ path: String) -> Int {
        var info = stat()
        return stat(path, &info) == 0 ? Int(info.st_size) : 0
    }

    package static func permissions(_ path: String) throws(SystemError) -> UInt32 {
        var info = stat()
        try retrying("stat", path) { stat(path, &info) }
        return info.st_mode & 0o777
    }

    /// What changes when a file is built again: its size and its time.
    package static func stamp(_ path: String) -> String {
        var info = stat()
        guard stat(path, &info) == 0 else { return "absent" }
        return "\(info.st_size).\(info.st_mtim.tv_sec).\(info.st_mtim.tv_nsec)"
    }

    package static func createDirectory(_ path: String, mode: UInt32 = 0o700) throws(SystemError) {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        if errno == ENOENT, let parent = self.parent(of: path) {
            try createDirectory(parent, mode: mode)
            if mkdir(path, mode) == 0 || errno == EEXIST { return }
        }
        throw SystemError("mkdir", path)
    }

    package static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return nil }
        return String(path[..<slash])
    }

    package static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    package static func bytes(_ path: String) throws(SystemError) -> [UInt8] {
        let file = try retrying("open", path) { open(path, O_RDONLY | O_CLOEXEC) }
        defer { close(file) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = try retrying("read", path) { read(file, &chunk, chunk.count) }
            if count == 0 { return content }
            content += chunk[..<count]
        }
    }

    /// The file's text, or nil where it cannot be read.
    package static func text(_ path: String) -> String? {
        do {
            return String(decoding: try bytes(path), as: UTF8.self)
        } catch {
            return nil
        }
    }

    /// Replaces a file as a whole: readers see the old content or the new, never a part.
    package static func write(_ content: some StringProtocol, to path: String, mode: UInt32 = 0o644) throws(SystemError)
    {
        try write(Array(content.utf8), to: path, mode: mode)
    }

    package static func write(_ content: [UInt8], to path: String, mode: UInt32 = 0o644) throws(SystemError) {
        let temporary = "\(path).\(getpid()).new"
        let file = try retrying("open", temporary) { open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode) }
        do {
            defer { close(file) }
            var offset = 0
            while offset < content.count {
                offset += try retrying("write", temporary) {
                    content.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + offset, $0.count - offset) }
                }
            }
            try retrying("fsync", temporary) { fsync(file) }
        }
        try retrying("rename", path) { rename(temporary, path) }
    }

    package static func remove(_ path: String) {
        unlink(path)
    }

    /// Removes a folder and all that is in it, without following links.
    package static func removeTree(_ path: String) {
        for name in entries(of: path) {
            let entry = "\(path)/\(name)"
            var info = stat()
            if lstat(entry, &info) == 0, info.st_mode & S_IFMT == S_IFDIR {
                removeTree(entry)
            } else {
                unlink(entry)
            }
        }
        rmdir(path)
    }

    /// Makes a folder this process's working directory, and that of all it starts from now on.
    package static func enter(_ directory: String) throws(SystemError) {
        try retrying("chdir", directory) { chdir(directory) }
    }

    package static func entries(of directory: String) -> [String] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The path without links and `..`, or nil where there is no such file.
    package static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    package static func linkTarget(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = buffer.withUnsafeMutableBytes { raw in
            raw.withMemoryRebound(to: CChar.self) { readlink(path, $0.baseAddress!, $0.count) }
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    /// Finds a program on the PATH, and in the folders that a plain user's PATH lacks on Debian.
    package static func program(_ name: String) -> String? {
        let path = Environment.value("PATH") ?? ""
        for folder in path.split(separator: ":").map(String.init) + [
            "/usr/sbin", "/usr/bin", "/sbin", "/usr/local/bin",
        ] {
            let candidate = "\(folder)/\(name)"
            if isExecutable(candidate) { return candidate }
        }
        return nil
    }
}

/// The process environment.
package enum Environment {
    /// A variable's value; an empty one counts as absent.
    package static func value(_ name: String) -> String? {
        guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
        return value
    }
}

/// The clocks of the machine.
package enum Clock {
    /// Seconds since an arbitrary start; never steps.
    package static var monotonic: Double {
        read(CLOCK_MONOTONIC)
    }

    /// Seconds since 1970.
    package static var wall: Double {
        read(CLOCK_REALTIME)
    }

    package static func pause(seconds: Double) {
        let deadline = monotonic + seconds
        while true {
            let left = deadline - monotonic
            if left <= 0 { return }
            var time = timespec(tv_sec: Int(left), tv_nsec: Int((left - Double(Int(left))) * 1_000_000_000))
            if nanosleep(&time, nil) == 0 { return }
        }
    }

    private static func read(_ clock: clockid_t) -> Double {
        var now = timespec()
        clock_gettime(clock, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1_000_000_000
    }
}
