import Runtime

/// Redis for code on a loop that waits without a task: one costs more than the rest of a frequent call. Loop-confined.
package struct RedisCalls {
    private let router: RedisRouter
    private let deadline: UInt64

    init(_ router: RedisRouter, deadline: UInt64) {
        self.router = router
        self.deadline = deadline
    }

    /// Runs a script's call that was written already.
    ///
    /// - Parameters:
    ///   - call: of `script.command`.
    ///   - nanoseconds: until the answer; nil for as long as the client's options say.
    ///   - answer: called once, on the loop; during this call where the failure is known already.
    package func run(
        _ script: RedisScript, _ call: RedisCommand, within nanoseconds: UInt64? = nil,
        _ answer: @escaping (Result<RedisReply, RedisError>) -> Void
    ) {
        submit(call, within: nanoseconds ?? deadline) { [self] result in
            guard case .success(.error(let error)) = result else { return answer(result) }
            guard error.code == "NOSCRIPT" else { return answer(.failure(.server(error))) }
            send(script.loadingCommand(call), answer)
        }
    }

    /// Runs one command; its own error is a failure.
    package func send(_ command: RedisCommand, _ answer: @escaping (Result<RedisReply, RedisError>) -> Void) {
        submit(command, within: deadline) { answer(Self.checked($0)) }
    }

    /// What was given so far leaves with this tick, whether others are unanswered or not.
    package func hurry() { router.hurry() }

    private static func checked(_ result: RedisResult) -> RedisResult {
        if case .success(.error(let error)) = result { return .failure(.server(error)) }
        return result
    }

    private func submit(_ command: RedisCommand, within nanoseconds: UInt64, _ take: @escaping (RedisResult) -> Void) {
        let until = EventLoop.monotonicNanoseconds() &+ nanoseconds
        router.submit(command, to: nil, asking: false, PendingReply(.call(take), deadline: until))
    }
}

extension RedisClient {
    /// Nil off the loops, and on a cluster, whose redirections take a task.
    package func callsHere() -> RedisCalls? {
        guard !url.isCluster, let loop = EventLoop.current else { return nil }
        return RedisCalls(router(of: loop), deadline: usualDeadline)
    }
}
