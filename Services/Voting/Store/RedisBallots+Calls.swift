import RedisClient

extension RedisBallots {
    /// Casts without a task. Call on a loop.
    func cast(_ ballot: Ballot, over calls: RedisCalls, _ answer: @escaping (Result<Cast, any Error>) -> Void) {
        guard ballot.isAlone else {
            return casting.begin(ballot, in: ballot.group) { reply in answer(Result { try Cast(try reply.get()) }) }
        }
        calls.run(Self.castScript, Self.castCall([ballot])) { reply in
            answer(
                Result {
                    let reply = try reply.get()
                    guard let own = reply.array?.first else { throw RedisError.unexpectedReply(reply) }
                    return try Cast(own)
                })
        }
    }
}
