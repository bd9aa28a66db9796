import Glibc

/// A backlog of votes drained by `voting serve --only worker:persist`: processor time a vote, and whether rate and memory
/// stay what they are however long the backlog is.
///
/// 2,000 people vote for 500 posts by 100 authors, each pair once, in no order, so that most votes of a batch are for
/// different posts. The database and Redis are processes of their own, and not counted.
struct PersistBenchmark: Benchmark {
    static let name = "persist"
    private static let step = 100_000
    private static let limit = 25.0

    private struct Sample {
        var votes: Int
        var seconds: Double
        var processor: UInt64
        var memory: Int
    }

    func run(in workshop: Workshop) throws -> [Finding] {
        let wanted = getenv("BENCH_VOTES").flatMap { Int(String(cString: $0)) } ?? 1_000_000
        let stores = try Stores(in: workshop)
        let backlog = VoteBacklog(count: min(wanted, VoteBacklog.largest))
        try backlog.write(to: stores.redisPort)
        let adminPort = try workshop.freePort()
        let environment = stores.environment.merging([
            "ADMIN_PORT": "\(adminPort)", "CIRCLE_PROFILE": "local", "LOG_LEVEL": "warning",
            "EVIDENCE_HASH_SECRET": String(repeating: "e", count: 40),
        ]) { $1 }
        let migration = try workshop.start(
            "\(workshop.binaries)/voting", ["migrate"], environment: environment)
        guard migration.waitForEnd() == 0 else { throw BenchmarkFailure("migrate failed:\n\(migration.output)") }
        let worker = try workshop.start(
            "\(workshop.binaries)/voting", ["serve", "--only", "worker:persist"], environment: environment)
        return Self.findings(try drain(worker, backlog.count, adminPort))
    }

    /// Samples at every `step` votes; the first is taken once the worker is at it.
    private func drain(_ worker: ChildProcess, _ count: Int, _ adminPort: Int) throws -> [Sample] {
        let start = Self.now()
        var samples: [Sample] = []
        var next = min(Self.step / 10, count / 10)
        while Self.now() - start < 3600 {
            usleep(250_000)  // each look costs the worker a page of metrics
            let votes = Self.persisted(adminPort)
            guard votes >= next else { continue }
            samples.append(
                Sample(
                    votes: votes, seconds: Self.now(), processor: worker.processorNanoseconds,
                    memory: worker.residentKilobytes))
            if let last = samples.dropLast().last, let sample = samples.last { Self.show(last, sample) }
            if votes >= count { return samples }
            next = min(count, (votes / Self.step + 1) * Self.step)
        }
        throw BenchmarkFailure("\(count) votes were not persisted within an hour:\n\(worker.output.suffix(2000))")
    }

    private static func findings(_ samples: [Sample]) -> [Finding] {
        guard let first = samples.first, let last = samples.last else { return [] }
        let pairs = zip(samples, samples.dropFirst()).filter { $1.votes > $0.votes }
        let costs = pairs.map { Double($1.processor - $0.processor) / 1000 / Double($1.votes - $0.votes) }
        let rates = pairs.map { Double($1.votes - $0.votes) / ($1.seconds - $0.seconds) }
        let half = rates.count / 2
        let early = Array(rates.prefix(max(1, half))).median
        let late = Array(rates.suffix(max(1, half))).median
        let memory = samples.dropFirst().map { Double($0.memory) / 1024 }
        return [
            Finding(
                name: "\(name) (worker)",
                figure: Double(last.processor - first.processor) / 1000
                    / Double(max(1, last.votes - first.votes)), unit: "µs of CPU a vote", spread: costs.spread,
                limit: limit),
            Finding(
                name: "\(name) (rate)", figure: early, unit: "votes/s in the first half",
                peer: "the second half (\(Int(late)))", ratio: late > 0 ? early / late : nil, spread: rates.spread,
                limit: 1.25),
            Finding(
                name: "\(name) (memory)", figure: memory.max() ?? 0, unit: "MiB at most",
                peer: "the least (\(Int(memory.min() ?? 0)))", ratio: (memory.max() ?? 0) / max(1, memory.min() ?? 1),
                spread: memory.spread, limit: 1.25),
        ]
    }

    private static func show(_ from: Sample, _ to: Sample) {
        let votes = to.votes - from.votes
        let rate = Int(Double(votes) / (to.seconds - from.seconds))
        let cost = (Double(to.processor - from.processor) / 1000 / Double(max(1, votes)) * 10).rounded() / 10
        print("  \(to.votes) votes: \(rate)/s, \(cost) µs of CPU a vote, \(to.memory / 1024) MiB")
        fflush(nil)
    }

    /// What the worker says it has persisted; 0 while it does not answer.
    private static func persisted(_ port: Int) -> Int {
        guard let socket = try? Socket(port: port),
            (try? socket.send(Array("GET /metrics HTTP/1.1\r\nHost: bench\r\n\r\n".utf8))) != nil,
            let answer = try? socket.answer()
        else { return 0 }
        for line in String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
        where line.hasPrefix("circle_votes_persisted_total") {
            return line.split(separator: " ").last.flatMap { Double($0) }.map { Int($0) } ?? 0
        }
        return 0
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
