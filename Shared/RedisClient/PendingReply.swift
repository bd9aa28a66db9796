typealias RedisResult = Result<RedisReply, RedisError>

/// A command on its way, and who waits for it. Answered once; what comes later is dropped.
final class PendingReply: @unchecked Sendable {  // loop: the connection's
    enum Waiter {
        case caller(UnsafeContinuation<RedisResult, Never>)
        case call((RedisResult) -> Void)
        case pipeline(PipelineReplies, index: Int)
    }

    /// Monotonic nanoseconds.
    let deadline: UInt64
    private var waiter: Waiter?

    init(_ waiter: Waiter, deadline: UInt64) {
        self.waiter = waiter
        self.deadline = deadline
    }

    var isAnswered: Bool { waiter == nil }

    func answer(_ result: RedisResult) {
        guard let waiter else { return }
        self.waiter = nil
        switch waiter {
        case .caller(let continuation): continuation.resume(returning: result)
        case .call(let take): take(result)
        case .pipeline(let replies, let index): replies.set(index, result)
        }
    }
}

/// The replies of one pipeline; whoever waits resumes when the last is in.
final class PipelineReplies: @unchecked Sendable {  // loop: the connection's
    private var results: [RedisResult]
    private var missing: Int
    private let continuation: UnsafeContinuation<[RedisResult], Never>

    init(count: Int, _ continuation: UnsafeContinuation<[RedisResult], Never>) {
        results = Array(repeating: .success(.null), count: count)
        missing = count
        self.continuation = continuation
    }

    func set(_ index: Int, _ result: RedisResult) {
        results[index] = result
        missing -= 1
        if missing == 0 { continuation.resume(returning: results) }
    }
}

/// A queue that forgets its front cheaply.
struct Fifo<Element> {
    private var elements: [Element?] = []
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { count == 0 }
    var first: Element? { head < elements.count ? elements[head] : nil }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        defer {
            elements[head] = nil
            head += 1
            if head == elements.count {
                elements.removeAll(keepingCapacity: elements.count < 4096)
                head = 0
            } else if head > 1024, head * 2 > elements.count {
                elements.removeFirst(head)
                head = 0
            }
        }
        return elements[head]
    }

    func forEach(_ body: (Element) -> Void) {
        for index in head..<elements.count { if let element = elements[index] { body(element) } }
    }
}
