import Domain
import HTTPServer
import Records
import RedisClient
import Runtime
import Telemetry

extension CastVote {
    typealias Answer = (Swift.Result<Result, any Error>) -> Void

    /// Who votes for what, from where. A class, so that whoever waits with it keeps one reference.
    final class Attempt: Sendable {
        let post: PostID
        let caller: Caller
        let address: IPAddress?
        let now: Instant
        let trace: TraceContext?

        init(post: PostID, caller: Caller, address: IPAddress?, now: Instant, trace: TraceContext?) {
            self.post = post
            self.caller = caller
            self.address = address
            self.now = now
            self.trace = trace
        }
    }

    /// Votes without a task where Redis alone has to be asked, which nearly always is so; else with one.
    ///
    /// - Parameter answer: called once, on this loop.
    /// - Returns: false, with nothing done, where it takes a task from the start.
    func begin(_ attempt: Attempt, _ answer: @escaping Answer) -> Bool {
        guard let loop = EventLoop.current, let calls = ballots.redis.callsHere() else { return false }
        let mayHaveLeft = VoteMark.mayHaveLeft(attempt.post, now: attempt.now)
        if !mayHaveLeft, let post = findPost.atOnce(attempt.post, for: attempt.caller.userID) {
            cast(attempt, for: post, over: calls, answer)
            return true
        }
        findPost.begin(attempt.post, for: attempt.caller.userID, over: calls, on: loop) { [self] post in
            guard let post, !mayHaveLeft else { return beginTask(attempt, on: loop, answer) }
            cast(attempt, for: post, over: calls, answer)
        }
        return true
    }

    private func cast(_ attempt: Attempt, for post: PostCard, over calls: RedisCalls, _ answer: @escaping Answer) {
        let vote = self.vote(for: attempt.post, post, by: attempt.caller, from: attempt.address)
        let ballot = Ballot(vote, cap: economy.votesPerDay[attempt.caller.tier], at: attempt.now, trace: attempt.trace)
        ballots.cast(ballot, over: calls) { [self] cast in
            answer(Swift.Result { try result(of: try cast.get(), for: post, by: attempt.caller, at: attempt.now) })
        }
    }

    /// Everything else: a post that Redis does not know, an own one, one for followers, one of long ago.
    private func beginTask(_ attempt: Attempt, on loop: EventLoop, _ answer: @escaping Answer) {
        let done = LoopCall(on: loop, answer)
        TraceContext.$current.withValue(attempt.trace) {
            _ = loop.spawn { [self] in
                do {
                    done(
                        .success(
                            try await self(attempt.post, by: attempt.caller, from: attempt.address, at: attempt.now)))
                } catch {
                    done(.failure(error))
                }
            }
        }
    }
}
