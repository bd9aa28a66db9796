/// Redis' own load generator.
struct RedisBenchmark {
    /// Commands under way on each connection.
    static let pipeline = 16

    private let stores: Stores
    private let workshop: Workshop

    init(_ stores: Stores, in workshop: Workshop) {
        self.stores = stores
        self.workshop = workshop
    }

    /// - Parameters:
    ///   - command: `__rand_int__` in it becomes a number below 10,000.
    ///   - connections: each with as many commands under way as `pipeline` says.
    func operationsPerSecond(_ count: Int, _ command: [String], connections: Int = 50) throws -> Double {
        let process = try workshop.start(
            "redis-benchmark",
            [
                "-p", "\(stores.redisPort)", "-P", "\(Self.pipeline)", "-c", "\(connections)", "-n", "\(count)", "-r",
                "10000", "-q",
            ] + command)
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
