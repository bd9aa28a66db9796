internal import Glibc

/// What `/proc` says about the processes of this machine.
package enum ProcessTable {
    /// Whether a process lives (one that has ended and waits to be reaped does not).
    package static func isAlive(_ process: Int32) -> Bool {
        guard process > 0, let fields = statFields(process) else { return false }
        return fields.first != "Z" && fields.first != "X"
    }

    /// The program that a process runs, without ` (deleted)`, which Linux adds once its file is rebuilt.
    package static func program(_ process: Int32) -> String? {
        guard let path = Files.linkTarget("/proc/\(process)/exe") else { return nil }
        return path.hasSuffix(" (deleted)") ? String(path.dropLast(10)) : path
    }

    package static func directory(_ process: Int32) -> String? {
        Files.linkTarget("/proc/\(process)/cwd")
    }

    package static func group(_ process: Int32) -> Int32? {
        statFields(process).flatMap { $0.count > 2 ? Int32($0[2]) : nil }
    }

    package static func all() -> [Int32] {
        Files.entries(of: "/proc").compactMap { Int32($0) }
    }

    /// Resident memory of a process and of the rest of its group (nginx's worker), in bytes.
    package static func residentBytes(group: Int32) -> Int {
        all().filter { self.group($0) == group }.reduce(0) { $0 + residentBytes($1) }
    }

    package static func residentBytes(_ process: Int32) -> Int {
        guard let text = Files.text("/proc/\(process)/statm") else { return 0 }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    /// The processes that belong to a stack: a program of the stack whose working directory lies in its folder.
    ///
    /// Names and folders, not remembered ids: ids are given again, and nginx and Redis overwrite their environment.
    package static func members(ofHome home: String, programs: Set<String>) -> [Int32] {
        all().filter { process in
            guard process != getpid(), let directory = directory(process), let program = program(process) else {
                return false
            }
            return (directory == home || directory.hasPrefix(home + "/")) && programs.contains(Files.name(of: program))
                && isAlive(process)
        }
    }

    /// The fields of `/proc/PID/stat` after the name, which may hold spaces: state, parent, group, session…
    private static func statFields(_ process: Int32) -> [Substring]? {
        guard let text = Files.text("/proc/\(process)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        return text[text.index(after: end)...].split(separator: " ")
    }
}
