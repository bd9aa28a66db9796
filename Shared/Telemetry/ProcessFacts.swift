import Glibc

/// What the process can tell about itself without any service being configured.
package enum ProcessFacts {
    package static let startedAtSeconds: Double = Double(WallClock.milliseconds()) / 1000

    static var executableName: String {
        let path = CommandLine.arguments.first ?? "circle"
        return path.split(separator: "/").last.map(String.init) ?? path
    }

    package static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// All variables of the process.
    package static var environment: [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let line = entry.pointee {
            let text = String(cString: line)
            if let split = text.firstIndex(of: "=") {
                result[String(text[..<split])] = String(text[text.index(after: split)...])
            }
            entry += 1
        }
        return result
    }

    package static let processID = Int(getpid())

    /// Resident memory in bytes; nil where /proc is missing.
    package static var residentBytes: Int? {
        guard let statm = contents(of: "/proc/self/statm") else { return nil }
        let fields = statm.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// User and system time of all threads, in seconds.
    package static var cpuSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let microseconds = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(microseconds) / 1_000_000
    }

    private static func contents(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}
