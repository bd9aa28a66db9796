import Runtime
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DeadlineTests {
    @Test func `what is quick enough returns its value`() async throws {
        #expect(try await withDeadline(.seconds(20)) { 7 } == 7)
    }

    @Test func `what is too slow is cancelled`() async throws {
        let loop = try EventLoop(label: "test")
        await #expect(throws: DeadlineExceeded(allowed: .milliseconds(5))) {
            try await loop.run {
                try await withDeadline(.milliseconds(5)) { try await loop.sleep(for: .seconds(60)) }
            }
        }
        await loop.stop()
    }

    @Test func `a group has as many loops as asked and hands them out in turn`() async throws {
        let group = try EventLoopGroup(count: 3)
        let first = group.next()
        #expect(group.loops.count == 3)
        #expect(group.next() !== first)
        _ = group.next()
        #expect(group.next() === first)
        await group.stop()
    }
}
