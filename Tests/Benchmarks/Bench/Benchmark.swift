/// Something worth measuring. Add a type and list it in `all`.
protocol Benchmark: Sendable {
    /// For `ONLY=name`.
    static var name: String { get }
    init()
    func run(in workshop: Workshop) async throws -> [Finding]
}

enum Benchmarks {
    static let all: [any Benchmark.Type] = [
        JSONRouteBenchmark.self, VoteRouteBenchmark.self, VoteScriptBenchmark.self, LeaderboardBenchmark.self,
        DocstoreBenchmark.self, PersistBenchmark.self, SettlementBenchmark.self,
    ]
}

/// A benchmark that cannot be run here, and why.
struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
