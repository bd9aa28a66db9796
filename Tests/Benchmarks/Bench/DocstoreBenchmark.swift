import Glibc

/// What the document server costs per operation through libmongoc: its own processor time, the client's apart.
///
/// One connection, one operation after the other, documents of 1 KB in 22 fields, retryable writes (a session's record is
/// stored with each), the default write concern. With `j: true` each write also waits for the disk.
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
        let server = try workshop.start(
            "\(workshop.binaries)/docstore", ["serve", "--port", "\(port)", "--data-dir", "\(workshop.folder)/data"],
            waitingFor: "listening")
        func run(_ operation: String, _ count: Int) throws -> Int {
            let child = try ChildProcess(
                load, ["\(port)", operation, "\(count)"], environment: [:], log: "\(workshop.folder)/load.log",
                readyLine: nil)
            guard child.waitForEnd() == 0 else { throw BenchmarkFailure("\(operation): \(child.output)") }
            return count
        }
        _ = try run("fill-posts", 1)
        _ = try run("fill-people", Self.people)
        let figures = try await Interleaved(
            contenders: Self.operations.map { operation in
                .init(name: operation.name, process: server) { try run(operation.name, operation.count) }
            }, rounds: Self.rounds
        ).run().map { $0.map(\.own) }
        let costs = zip(Self.operations, figures).map { operation, figures in
            Finding(
                name: "\(Self.name) \(operation.name)", figure: figures.median, unit: operation.unit,
                spread: figures.spread, limit: operation.limit)
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
}
