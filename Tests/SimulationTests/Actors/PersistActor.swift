import Domain
import Events
import Records

@testable import RedisClient
@testable import VotingService

/// A persist worker: reads or takes over entries, changes the book, commits, projects, acknowledges.
final class PersistActor: Actor {
    private enum State {
        case idle
        case read([VoteEntry])
        case changed([VoteEntry], MemoryDatabase.Transaction)
        case committed([VoteEntry], Projection)
        case projected([VoteEntry])
    }

    let name: String
    private var state = State.idle

    init(name: String) { self.name = name }

    var isIdle: Bool { if case .idle = state { true } else { false } }
    func crash() { state = .idle }

    func step(_ world: World) throws -> String? {
        switch state {
        case .idle: return try read(world)
        case .read(let entries):
            if world.fault == .acknowledgesFirst { acknowledge(entries, world) }
            state = .changed(entries, change(entries, world))
            return "changes \(Self.text(entries))"
        case .changed(let entries, let transaction):
            guard world.database.commit(transaction, ignoringConflicts: world.fault == .ignoresConflicts) else {
                state = .read(entries)
                return "collides"
            }
            world.witness(transaction.scope.authors)
            state = .committed(entries, Projection(transaction.book, noteCounted: false))
            return "commits \(Self.text(entries))"
        case .committed(let entries, var projection):
            let done = try projection.step(world)
            state = done ? .projected(entries) : .committed(entries, projection)
            return "projects"
        case .projected(let entries):
            state = .idle
            acknowledge(entries, world)
            return "acknowledges \(Self.text(entries))"
        }
    }

    private func read(_ world: World) throws -> String? {
        let streams = world.partitions.map { Topic.votes.stream($0) }.shuffled(using: &world.numbers)
        for key in streams {
            let most = Int.random(in: 1...6, using: &world.numbers)
            let takesOver = world.chance(30)
            let found = world.redis.stream(key.text) { stream -> [RedisStreamEntry] in
                if stream.hasNew, !takesOver { return stream.read(most) }
                // Some of them, as stalled entries are: whoever has the others may still be at work.
                let entries = stream.claim { _ in world.chance(70) }
                return Array(entries.prefix(most))
            }
            let entries = try found.flatMap { entry in
                let (entries, rejection) = VoteEntry.read(StreamDelivery(stream: key, entry: entry))
                if let rejection { throw Broken("an entry is rejected: \(rejection)") }
                return entries
            }
            guard !entries.isEmpty else { continue }
            state = .read(entries)
            return "reads \(Self.text(entries))"
        }
        return nil
    }

    private func change(_ entries: [VoteEntry], _ world: World) -> MemoryDatabase.Transaction {
        var scope = MongoVotes.Scope(partition: Partition(of: entries[0].voterID))
        scope.position = entries.map(\.position).max()
        for entry in entries {
            scope.pairs.insert(entry.pair)
            scope.voters.insert(entry.voterID)
            scope.authors.insert(entry.authorID)
            scope.posts.insert(entry.postID)
        }
        var transaction = world.database.begin(
            scope, at: world.now, forgetsVersions: world.fault == .forgetsVersions)
        for entry in entries { transaction.book.take(entry, score(entry, world)) }
        return transaction
    }

    /// First votes alone are scored.
    private func score(_ entry: VoteEntry, _ world: World) -> FraudScore? {
        guard case .cast(let vote) = entry.content, !vote.isRepeat else { return nil }
        let isSuspicious = world.isSuspicious(Model.Pair(post: entry.postID, voter: entry.voterID))
        return FraudScore(
            VoteEvidence(
                accountsOnAddress: isSuspicious ? 64 : 1, accountsOnDevice: isSuspicious ? 64 : 1,
                accountAge: .days(10), votesInLastMinute: 1, trustScore: 50, isReciprocal: false),
            rules: world.economy.fraud)
    }

    private func acknowledge(_ entries: [VoteEntry], _ world: World) {
        guard let voter = entries.first?.voterID else { return }
        world.redis.stream(Topic.votes.stream(Partition(of: voter)).text) { $0.acknowledge(entries.map(\.position)) }
    }

    private static func text(_ entries: [VoteEntry]) -> String {
        entries.map { "\($0.position)" }.joined(separator: " ")
    }
}

/// What Redis is told after a commit, one store after the other; a crash may come in between.
struct Projection {
    let book: VoteBook
    let noteCounted: Bool
    private var stage = 0

    init(_ book: VoteBook, noteCounted: Bool) {
        self.book = book
        self.noteCounted = noteCounted
    }

    /// - Returns: whether that was the last of it.
    mutating func step(_ world: World) throws -> Bool {
        stage += 1
        switch stage {
        case 1: note(book.pairs.values.filter { $0.state != .counted }, world)
        case 2:
            for row in book.posts.values {
                let stored = world.rows[row.post]?[row.partition.number]
                guard stored.map({ $0.version < row.version }) ?? true else { continue }
                world.rows[row.post, default: [:]][row.partition.number] = PostCard.Row(
                    displayed: row.displayed, version: row.version, position: row.position)
            }
        case 3:
            for author in book.authors.values {
                let stored = world.shares[author.author]?[author.partition.number]
                guard stored.map({ $0.version < author.version }) ?? true else { continue }
                world.shares[author.author, default: [:]][author.partition.number] = (
                    author.share(in: Board(.alltime, at: world.now)), author.version
                )
            }
        default: if noteCounted { note(book.pairs.values.filter { $0.state == .counted }, world) }
        }
        return stage == 4
    }

    private func note(_ pairs: [VoteRecord], _ world: World) {
        for call in RedisBallots.noteCalls(pairs) {
            _ = world.scripts.run(
                "mark", RedisBallots.markScript.source, keys: call.keys, arguments: call.arguments)
        }
    }
}
