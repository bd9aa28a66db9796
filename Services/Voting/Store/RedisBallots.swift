package import Domain
package import Events
package import Records
package import RedisClient

/// Casting and withdrawing: one script each, under the tag of the voter's partition.
package struct RedisBallots: Sendable {
    static let castScript = RedisScript(PackageResources.cast_lua)
    static let withdrawScript = RedisScript(PackageResources.withdraw_lua)
    static let markScript = RedisScript(PackageResources.mark_lua)
    private static let blockScript = RedisScript(PackageResources.block_lua)
    private static let rememberScript = RedisScript(PackageResources.remember_lua)

    package enum CastOutcome: String, Sendable {
        case new, again, `repeat`, cap, blocked, rebuilding
    }

    package struct Cast: Sendable {
        package var outcome: CastOutcome
        /// Votes of the voter's UTC day that count against the cap.
        package var usedToday: Int
        /// The pair as Redis has it now; nil where there is none.
        package var mark: VoteMark?
    }

    let redis: RedisClient
    private let gathering: VoteGathering

    package init(redis: RedisClient) {
        self.redis = redis
        gathering = VoteGathering(Self.castScript, on: redis, Self.castCall, Self.casts)
    }

    /// What a script is called with. Made apart from sending it, so that a simulation can run the very script.
    typealias Call = (keys: [RedisKey], arguments: [RedisArgument])

    /// Casts a vote; those who wait at the same time share calls.
    ///
    /// - Parameters:
    ///   - cap: votes allowed on the UTC day of `now`.
    ///   - stored: the pair as MongoDB has it, for posts whose pairs may have left Redis.
    /// - Throws: `RedisError`.
    package func cast(
        _ vote: VoteCast, cap: Int, stored: VoteMark? = nil, at now: Instant
    ) async throws(RedisError) -> Cast {
        let ballot = Ballot(vote, cap: cap, stored: stored, at: now)
        guard ballot.isAlone else { return try await gathering.run(ballot) }
        return try Self.casts(try await redis.run(Self.castScript, Self.castCall([ballot])), 1)[0]
    }

    /// Casts without a task. Call on a loop.
    ///
    /// - Parameter answer: called once, on the loop; during this call where nothing can be sent.
    func cast(_ ballot: Ballot, over calls: RedisCalls, _ answer: @escaping VoteQueue.Take) {
        guard ballot.isAlone else { return gathering.begin(ballot, answer) }
        calls.run(Self.castScript, Self.castCall([ballot])) { reply in
            do throws(RedisError) {
                answer(.success(try Self.casts(try reply.get(), 1)[0]))
            } catch {
                answer(.failure(error))
            }
        }
    }

    /// - Returns: the pair as it is now; nil when there never was a vote.
    /// - Throws: `VotingError.rebuilding`.
    func withdraw(_ withdrawal: VoteWithdrawn, stored: VoteMark?, at now: Instant) async throws -> VoteMark? {
        let call = Self.withdrawCall(withdrawal, stored: stored, at: now)
        return try Self.withdrawn(
            try await redis.run(Self.withdrawScript, keys: call.keys, arguments: call.arguments))
    }

    static func withdrawCall(_ withdrawal: VoteWithdrawn, stored: VoteMark?, at now: Instant) -> Call {
        let voter = withdrawal.voterID
        let partition = Partition(of: voter)
        let event = OutgoingEvent(withdrawal, at: now)
        return (
            keys: [.voteEpoch(partition), .votePairs(voter, of: withdrawal.postID), Topic.votes.stream(partition)],
            arguments: [
                .text(withdrawal.postID.hex), .integer(VoteMark.expiry(of: withdrawal.postID, now: now)),
                .text(stored?.text ?? ""),
            ] + event.scriptArguments
        )
    }

    static func withdrawn(_ reply: RedisReply) throws -> VoteMark? {
        guard let parts = reply.array, parts.count == 2, let outcome = parts[0].text else {
            throw RedisError.unexpectedReply(reply)
        }
        guard outcome != "rebuilding" else { throw VotingError.rebuilding }
        return parts[1].text.flatMap(VoteMark.init)
    }

    /// Notes in Redis whether votes count, as their voters are to see it.
    func note(_ pairs: [VoteRecord]) async throws {
        _ = try await redis.runAll(Self.markScript, Self.noteCalls(pairs))
    }

    static func noteCalls(_ pairs: [VoteRecord]) -> [Call] {
        pairs.filter { !$0.withdrawn && $0.state != .awaited }.map { pair in
            let (from, to) = pair.state == .counted ? ("2", "1") : ("1", "2")
            return (
                keys: [.votePairs(pair.voterID, of: pair.postID)],
                arguments: [.text(pair.postID.hex), .text(from), .text(to)]
            )
        }
    }

    /// Puts back what was used of days, by voter and day.
    func restore(used: [RebuiltDay: Int]) async throws {
        let commands = used.flatMap { day, count -> [RedisCommand] in
            let key = RedisKey.votePairs(day.voter, at: day.day)
            return [
                ["HSET", .key(key), .integer(VoteTally.day(of: day.day)), .text(VoteTally(used: count).text)],
                ["EXPIRE", .key(key), 3_456_000],
            ]
        }
        for reply in try await redis.pipeline(commands) { if case .error(let error) = reply { throw error } }
    }

    /// Notes whom people block or are blocked by, and with their tallies that they do: those of today and of the days beside
    /// it, since clocks differ.
    func block(_ blocks: [(one: UserID, other: UserID)], at now: Instant) async throws {
        let days = [now - .days(1), now, now + .days(1)]
        let calls = blocks.map { one, other -> Call in
            let pairs = days.map { RedisKey.votePairs(one, at: $0) }
            let numbers = days.map { RedisArgument.integer(VoteTally.day(of: $0)) }
            return ([.voteBlocks(Partition(of: one))] + pairs, [.text(one.hex), .text(other.hex)] + numbers)
        }
        _ = try await redis.runAll(Self.blockScript, calls)
    }

    func unblock(_ one: UserID, _ other: UserID) async throws {
        for (one, other) in [(one, other), (other, one)] {
            try await redis.srem(.voteBlocks(Partition(of: one)), [.text(one.hex + other.hex)])
        }
    }

    /// Puts back pairs that Redis has lost.
    func remember(_ pairs: [VoteRecord], at now: Instant) async throws {
        let groups = Dictionary(grouping: pairs) { RedisKey.votePairs($0.voterID, of: $0.postID) }
        let calls = groups.map { key, pairs in
            let expiry = pairs.map { VoteMark.expiry(of: $0.postID, now: now) }.max() ?? 0
            return (
                keys: [key],
                arguments: [RedisArgument.integer(expiry)]
                    + pairs.flatMap { pair in pair.mark.map { [.text(pair.postID.hex), .text($0.text)] } ?? [] }
            )
        }
        _ = try await redis.runAll(Self.rememberScript, calls)
    }
}

extension OutgoingEvent {
    /// `type, version, id, at, traceparent or '', data`, as the scripts take them.
    fileprivate var scriptArguments: [RedisArgument] {
        [
            .text(type), RedisArgument(version), .text(id.hex), .integer(occurredAt.milliseconds),
            .text(traceparent ?? ""), .bytes(data),
        ]
    }
}
