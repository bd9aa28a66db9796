import Domain
import Events
import Records

@testable import RedisClient
@testable import VotingService

/// People who vote, withdraw, and send again what may have got lost. Each request is one script, as in production.
struct Client {
    func act(_ world: World) throws {
        guard let pair = pair(world) else { return }
        world.redis.now = world.now
        if world.chance(20) {
            try withdraw(pair, world)
        } else {
            var pairs = [pair]
            // Others of the partition vote in the same call, or the same person for something else or once more.
            while pairs.count < 4, world.chance(40), let other = self.pair(world) {
                let voter =
                    world.chance(30) || Partition(of: other.voter) != Partition(of: pair.voter)
                    ? pair.voter : other.voter
                pairs.append(Model.Pair(post: world.chance(20) ? pair.post : other.post, voter: voter))
            }
            try cast(pairs, world)
            // The answer was lost: the same again.
            if world.chance(10) { try cast(pairs, world) }
        }
    }

    private func pair(_ world: World) -> Model.Pair? {
        guard let post = world.pick(world.posts), let voter = world.pick(world.voters) else { return nil }
        return Model.Pair(post: post, voter: voter)
    }

    /// - Parameter pairs: of one partition.
    private func cast(_ pairs: [Model.Pair], _ world: World) throws {
        let cap = world.economy.votesPerDay.free
        let ballots = pairs.map { pair in
            let vote = VoteCast(
                postID: pair.post, voterID: pair.voter, authorID: world.author(of: pair.post), category: .art,
                accountCreatedAt: world.now - .days(10))
            return Ballot(vote, cap: cap, at: world.now)
        }
        world.redis.open(pairs[0].voter)
        // Production sends those by themselves too.
        let calls = ballots.contains(where: \.isAlone) ? ballots.map { [$0] } : [ballots]
        var casts: [RedisBallots.Cast] = []
        for call in calls {
            let answer = world.scripts.run("cast", RedisBallots.castScript.source, RedisBallots.castCall(call))
            casts += try RedisBallots.casts(answer, call.count)
        }
        for (pair, cast) in zip(pairs, casts) { try check(cast, of: pair, cap: cap, world) }
    }

    private func check(_ cast: RedisBallots.Cast, of pair: Model.Pair, cap: Int, _ world: World) throws {
        let wanted = world.model.cast(
            pair, on: world.now.utcDay, cap: cap, isSuspicious: world.isSuspicious(pair))
        guard cast.outcome == wanted else { throw Broken("a vote was \(cast.outcome), not \(wanted): \(pair)") }
        world.note("\(pair.voter) votes for \(pair.post): \(cast.outcome)")
        if let mark = cast.mark, isQuiet(pair, world) {
            var card = PostCard(author: world.author(of: pair.post), category: .art, access: .everybody)
            card.rows = world.rows[pair.post] ?? [:]
            if card.count(for: pair.voter, mark: mark) < 1 { throw Broken("a voter is not shown their own vote") }
        }
    }

    /// Whether nothing that concerns the pair is half done. While entries are taken over from a worker that died, or a
    /// vote is being taken back, what its voter is shown may be off by one for a moment.
    private func isQuiet(_ pair: Model.Pair, _ world: World) -> Bool {
        let stream = Topic.votes.stream(Partition(of: pair.voter)).text
        return world.model.state(of: pair) == .counted && world.redis.stream(stream) { $0.pending.isEmpty }
            && !world.decided.contains { $0.voter == pair.voter } && !world.reviewed.contains(pair)
    }

    private func withdraw(_ pair: Model.Pair, _ world: World) throws {
        let withdrawal = VoteWithdrawn(
            postID: pair.post, voterID: pair.voter, authorID: world.author(of: pair.post), category: .art)
        world.redis.open(pair.voter)
        let call = RedisBallots.withdrawCall(withdrawal, stored: nil, at: world.now)
        let mark = try RedisBallots.withdrawn(
            world.scripts.run(
                "withdraw", RedisBallots.withdrawScript.source, keys: call.keys, arguments: call.arguments))
        guard (mark != nil) == world.model.withdraw(pair), mark?.isVoted != true else {
            throw Broken("a withdrawal left \(String(describing: mark)): \(pair)")
        }
        world.note("\(pair.voter) withdraws from \(pair.post)")
    }
}

extension MemoryRedis {
    /// The partition is whole: rebuilding is tried on real servers.
    func open(_ voter: UserID) { _ = perform(["SET", RedisKey.voteEpoch(Partition(of: voter)).text, "1"]) }
}
