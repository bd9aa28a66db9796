import Runtime
import Testing

@Suite(.timeLimit(.minutes(1)))
struct BlockingPoolTests {
    @Test func `a thousand calls from a loop give a thousand results, and resume on the loop`() async throws {
        let loop = try EventLoop(label: "test")
        let pool = BlockingPool(name: "test", threads: 4, queueLimit: 2_000)
        let sum = try await loop.run {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 1...1_000 {
                    group.addTask {
                        let result = try await pool.run { number }
                        return EventLoop.current === loop ? result : 0
                    }
                }
                return try await group.reduce(0, +)
            }
        }
        #expect(sum == 500_500)
        #expect(pool.usage.threads <= 4)
        pool.close()
        await loop.stop()
    }

    @Test func `what does not fit into the queue is rejected and never runs`() async throws {
        let pool = BlockingPool(name: "small", threads: 1, queueLimit: 1)
        let gate = Locked(false)
        let ran = Locked(0)
        let first = Task {
            try await pool.run {
                while !gate.withLock({ $0 }) {}
                ran.withLock { $0 += 1 }
            }
        }
        while pool.usage.busy == 0 { await Task.yield() }
        let second = Task { try await pool.run { ran.withLock { $0 += 1 } } }
        while pool.usage.waiting == 0 { await Task.yield() }
        await #expect(throws: PoolRejected(pool: "small")) { try await pool.run { ran.withLock { $0 += 1 } } }
        gate.withLock { $0 = true }
        try await first.value
        try await second.value
        #expect(ran.withLock { $0 } == 2)
        #expect(pool.usage.rejected == 1)
        pool.close()
    }

    @Test func `an error of the work reaches the caller`() async {
        let pool = BlockingPool(name: "test", threads: 1, queueLimit: 1)
        await #expect(throws: CancellationError.self) { try await pool.run { throw CancellationError() } }
        pool.close()
    }
}
