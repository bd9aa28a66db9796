internal import Glibc

/// The names inside a stack's state folder. Tools rely on `run/NAME.pid`, `log/NAME.log` and `env`.
package struct StackHome: Sendable, Equatable {
    package let path: String

    package init(_ path: String) {
        self.path = path
    }

    package var run: String { "\(path)/run" }
    package var log: String { "\(path)/log" }
    package var data: String { "\(path)/data" }
    package var secrets: String { "\(path)/secrets" }
    package var gateway: String { "\(path)/gateway" }
    package var objects: String { "\(data)/objects" }
    package var environment: String { "\(path)/env" }
    package var openAPI: String { "\(path)/openapi.json" }
    package var ports: String { "\(path)/ports" }
    package var state: String { "\(run)/state" }
    package var plan: String { "\(run)/plan" }
    package var lock: String { "\(run)/up.lock" }
    package var demoPlayed: String { "\(path)/demo.played" }

    package func pidFile(_ name: String) -> String { "\(run)/\(name).pid" }
    package func logFile(_ name: String) -> String { "\(log)/\(name).log" }
    package func dataFolder(_ name: String) -> String { "\(data)/\(name)" }

    /// Creates what is missing. Only the owner may look inside: secrets and people's data lie there.
    package func create() throws(SystemError) {
        for folder in [
            path, run, log, data, secrets, gateway, "\(gateway)/temp", objects, dataFolder("redis"),
            dataFolder("docstore"),
        ] {
            try Files.createDirectory(folder)
        }
    }

    package func processID(_ name: String) -> Int32? {
        Files.text(pidFile(name)).flatMap { Int32($0.split(separator: "\n").first ?? "") }
    }

    /// Keeps other `up` and `down` commands on this folder waiting until the returned lock is closed.
    package func locked<R>(_ body: () throws -> R) throws -> R {
        let file = try retrying("open", lock) { open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
        defer { close(file) }
        try retrying("flock", lock) { flock(file, LOCK_EX) }
        return try body()
    }
}
