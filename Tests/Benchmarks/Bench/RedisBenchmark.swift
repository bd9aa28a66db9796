/// Redis' own load generator, which pipelines 16 commands on each of 50 connections.
struct RedisBenchmark {
    private let stores: Stores
    private let workshop: Workshop

    init(_ stores: Stores, in workshop: Workshop) {
        self.stores = stores
        self.workshop = workshop
    }

    /// - Parameter command: `__rand_int__` in it becomes a number below 10,000.
    func operationsPerSecond(_ count: Int, _ command: [String]) throws -> Double {
        let process = try workshop.start(
            "redis-benchmark",
            ["-p", "\(stores.redisPort)", "-P", "16", "-c", "50", "-n", "\(count)", "-r", "10000", "-q"] + command)
        guard process.waitForEnd() == 0,
            let words = process.output.range(beforeLast: " requests per second"), let rate = Double(words)
        else { throw BenchmarkFailure("redis-benchmark says: \(process.output.suffix(300))") }
        return rate
    }
}

extension String {
    /// The word directly before the last place where `mark` stands.
    fileprivate func range(beforeLast mark: String) -> Substring? {
        var end = endIndex
        while end > startIndex, !self[..<end].hasSuffix(mark) { end = index(before: end) }
        guard end > startIndex else { return nil }
        let before = self[..<index(end, offsetBy: -mark.count)]
        return before.split { $0 == " " || $0 == "\r" || $0 == "\n" }.last
    }
}
