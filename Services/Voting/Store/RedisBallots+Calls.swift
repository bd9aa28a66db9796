import RedisClient

extension RedisBallots {
    /// Casts without a task. Call on a loop.
    func cast(_ ballot: Ballot, over calls: RedisCalls, _ answer: @escaping (Result<Cast, any Error>) -> Void) {
        guard ballot.isAlone else {
            return casting.begin(ballot, in: ballot.group) { cast in answer(cast.mapError { $0 }) }
        }
        calls.run(Self.castScript, Self.castCall([ballot])) { reply in
            answer(Result { try Self.casts(try reply.get(), 1)[0] })
        }
    }
}
