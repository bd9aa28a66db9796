import Glibc

/// What the document server costs per operation through libmongoc: its own processor time, the client's apart.
///
/// One connection, one operation after the other, documents of 1 KB in 22 fields, retryable writes (a session's record is
/// stored with each), the default write concern. With `j: true` each write also waits for the disk.
///
/// Client and server share one processor. They work in turns anyway, and on two each wakes the other's, which sleeps: on a
/// virtual machine that takes longer than the operation, and is charged to whoever wakes. What it comes to is told too.
struct DocstoreBenchmark: Benchmark {
    static let name = "docstore"

    private struct Operation {
        let name: String
        let count: Int
        var limit: Double?
        var unit = "µs of CPU"
    }

    private static let operations = [
        Operation(name: "insert", count: 4000, limit: 60),
        Operation(name: "find", count: 6000, limit: 35),
        Operation(name: "update", count: 4000, limit: 70),
        Operation(name: "bulk", count: 10_000, limit: 12, unit: "µs of CPU a document"),
        Operation(name: "page", count: 1500, limit: 150),
        Operation(name: "look-up", count: 5000, limit: 50),
        Operation(name: "insert-journaled", count: 300),
        Operation(name: "update-journaled", count: 300),
    ]
    private static let rounds = 9
    private static let people = 1_000_000
    /// Of 1 KB each: well beyond what the server may hold.
    private static let scanned = 400_000
    private static let largestScanMB = 96.0

    func run(in workshop: Workshop) async throws -> [Finding] {
        let load = try workshop.compile(
            "docstore-load.c", libraries: ["mongoc-1.0", "bson-1.0"],
            headers: ["/usr/include/libmongoc-1.0", "/usr/include/libbson-1.0"])
        let port = try workshop.freePort()
        let allowed = try Self.allowedProcessors()
        var processors = String(allowed.prefix { $0.isNumber })
        let server = try workshop.start(
            "taskset",
            [
                "--cpu-list", processors, "\(workshop.binaries)/docstore", "serve", "--port", "\(port)", "--data-dir",
                "\(workshop.folder)/data",
            ], waitingFor: "listening")
        func finish(_ arguments: [String]) throws {
            let child = try ChildProcess(
                "taskset", arguments, environment: [:], log: "\(workshop.folder)/load.log", readyLine: nil)
            guard child.waitForEnd() == 0 else { throw BenchmarkFailure("\(arguments): \(child.output)") }
        }
        func run(_ operation: String, _ count: Int) throws -> Int {
            try finish(["--cpu-list", processors, load, "\(port)", operation, "\(count)"])
            return count
        }
        func measure(_ operations: [Operation]) async throws -> [[Double]] {
            try await Interleaved(
                contenders: operations.map { operation in
                    .init(name: operation.name, process: server) { try run(operation.name, operation.count) }
                }, rounds: Self.rounds
            ).run().map { $0.map(\.own) }
        }
        _ = try run("fill-posts", 1)
        _ = try run("fill-people", Self.people)
        var costs = zip(Self.operations, try await measure(Self.operations)).map { operation, figures in
            Finding(
                name: "\(Self.name) \(operation.name)", figure: figures.median, unit: operation.unit,
                spread: figures.spread, limit: operation.limit)
        }
        processors = allowed
        try finish(["--all-tasks", "--cpu-list", "--pid", processors, "\(server.pid)"])
        let apart = Array(Self.operations.prefix(3))
        costs += zip(apart, try await measure(apart)).map { operation, figures in
            Finding(
                name: "\(Self.name) \(operation.name), on any processor", figure: figures.median, unit: operation.unit,
                spread: figures.spread, limit: nil)
        }
        _ = try run("fill-large", Self.scanned)
        try server.resetPeakMemory()
        _ = try run("scan", Self.scanned)
        let peak = Finding(
            name: "\(Self.name) memory while \(Self.scanned / 1000) MB are scanned",
            figure: Double(server.peakMemoryKB) / 1000, unit: "MB resident at most", spread: 0,
            limit: Self.largestScanMB)
        return costs + [peak]
    }

    /// As `taskset` takes them: `0-1`, or `2,4`.
    private static func allowedProcessors() throws -> String {
        let name = "Cpus_allowed_list:"
        let line = ChildProcess.text("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix(name) }
        guard let line else { throw BenchmarkFailure("/proc/self/status does not say \(name)") }
        return line.dropFirst(name.count).filter { !$0.isWhitespace }
    }
}
