import Domain
import HTTPServer
import Records
import RedisClient
import Runtime
import Telemetry

extension CastVote {
    typealias Answer = (Swift.Result<Result, any Error>) -> Void

    /// Who votes for what, from where.
    struct Attempt: Sendable {
        let post: PostID
        let caller: Caller
        let address: IPAddress?
        let now: Instant
        let trace: TraceContext?
    }

    /// Votes without a task where Redis alone has to be asked, which nearly always is so; else with one.
    ///
    /// - Parameter answer: called once, on this loop.
    /// - Returns: false, with nothing done, where it takes a task from the start.
    func begin(_ attempt: Attempt, _ answer: @escaping Answer) -> Bool {
        guard let loop = EventLoop.current, let calls = ballots.redis.callsHere() else { return false }
        findPost.begin(attempt.post, for: attempt.caller.userID, over: calls, on: loop) { [self] post in
            guard let post, !VoteMark.mayHaveLeft(attempt.post, now: attempt.now) else {
                return beginTask(attempt, on: loop, answer)
            }
            let vote = self.vote(for: attempt.post, post, by: attempt.caller, from: attempt.address)
            let ballot = Ballot(
                vote, cap: economy.votesPerDay[attempt.caller.tier], at: attempt.now, trace: attempt.trace)
            ballots.cast(ballot, over: calls) { [self] cast in
                answer(
                    Swift.Result { try result(of: try cast.get(), for: post, by: attempt.caller, at: attempt.now) })
            }
        }
        return true
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
