import Domain
import Events
import Foundation
import HTTPServer
import MongoClient
import Records
import RedisClient
import Runtime
import Testing
import TestSupport

@testable import VotingService

@Suite(.serialized) struct VotingCrashTests {
    /// What Redis is, and how it loses everything in the middle of a run.
    enum Loss: CaseIterable {
        case none, flushed, replaced, noneOnCluster, clusterFlushed

        var isOnCluster: Bool { self == .noneOnCluster || self == .clusterFlushed }
        var isLoss: Bool { self != .none && self != .noneOnCluster }

        func happen(to world: VotingWorld) async throws {
            switch self {
            case .none, .noneOnCluster: break
            case .flushed: try await world.redis.send(["FLUSHALL"])
            // Without a file to come back with: another, empty server at the same address.
            case .replaced: try await world.server.restart()
            case .clusterFlushed: _ = try await world.redis.sendEverywhere(["FLUSHALL"])
            }
        }
    }

    /// The same votes, counts and gems, whatever Redis is and whatever becomes of it.
    @Test(arguments: Loss.allCases)
    func `a loss in the middle of a run heals, and only what was not persisted may be missing`(loss: Loss) async throws
    {
        try await VotingWorld.run(onCluster: loss.isOnCluster, durable: loss != .replaced) { world in
            try await Migrator(world.mongo.database).migrate(AllCollections.declarations)
            let settlement = try await WorkerProcess(of: world, "worker:settlement", service: "gems")
            try settlement.start()
            defer { settlement.end() }
            try await world.ready()
            let author = try await world.person("author")
            var posts: [PostID] = []
            for _ in 0..<5 { posts.append(try await world.post(by: author)) }
            let voters = (0..<20).map { _ in world.caller() }
            for (number, voter) in voters.enumerated() {
                for post in posts[..<3] { try await world.vote(post, voter, address: world.address(number)) }
            }
            try await world.persisted()
            if loss.isLoss {
                await world.stopWorkers()
                try await loss.happen(to: world)
                try await eventually("redis") { (try? await world.parts.rebuild.missing().count) == Partition.count }
                await #expect(throws: VotingError.rebuilding) { try await world.vote(posts[0], voters[0]) }
                world.startWorkers()
                try await eventually("the partitions") {
                    (try? await world.parts.rebuild.missing().isEmpty) == true
                }
            }
            for (number, voter) in voters.enumerated() {
                let again = try await world.vote(posts[0], voter, address: world.address(number))
                #expect(!again.counted && again.count == 20 && again.votesLeft == 47)
                for post in posts[3...] { try await world.vote(post, voter, address: world.address(number)) }
            }
            try await world.persisted()
            for post in posts { #expect(try await world.totals(of: post) == (20, 20)) }
            #expect(try await world.accepted(of: author) == 100)
            for period in LeaderboardPeriod.allCases { #expect(try await world.score(of: author, period) == 100) }
            try await eventually("the gems") { try await world.gems(of: author).count >= 10 }
            #expect(try await settlement.run(["verify", "--settled"]).contains("the books are right"))
            #expect(try await world.gems(of: author) == (1...10).map { "votes:\($0):0" })
        }
    }

    @Test func `the rebuild command leaves Redis as it was`() async throws {
        try await VotingWorld.run { world in
            try await world.ready()
            let author = try await world.person("author")
            let posts = [try await world.post(by: author), try await world.post(by: author)]
            let voters = (0..<10).map { _ in world.caller() }
            for (number, voter) in voters.enumerated() {
                for post in posts { try await world.vote(post, voter, address: world.address(number)) }
            }
            _ = try await world.parts.withdraw(posts[1], by: voters[0].userID, at: .now())
            try await world.persisted()
            let before = try await state(world)
            // What the streams' groups look like once a Redis that was killed has replayed its file.
            for stream in Topic.votes.streams {
                let place = try await world.redis.xrange(stream, count: 10_000).last?.id ?? .zero
                try await world.redis.send(
                    ["XGROUP", "SETID", .key(stream), .text(PersistVotes.group), .text("\(place)"), "ENTRIESREAD", 0])
            }
            try await RebuildEverything(world.parts).run(patience: .seconds(10))
            for voter in voters { _ = try await world.vote(posts[0], voter) }  // reads the posts in again
            _ = try await world.parts.withdraw(posts[1], by: voters[0].userID, at: .now())
            let after = try await state(world)
            #expect(before == after)
        }
    }

    /// What Redis holds of votes, without streams, positions in marks and what expires by itself.
    private func state(_ world: VotingWorld) async throws -> [String: [String]] {
        var state: [String: [String]] = [:]
        for pattern in ["{board:*", "*:votes:pairs:*", "*:votes:post:*"] {
            for key in try await world.redis.send(["KEYS", .text(pattern)]).requireArray().compactMap(\.text) {
                let reply: RedisReply
                switch try await world.redis.send(["TYPE", .text(key)]).text {
                case "hash": reply = try await world.redis.send(["HGETALL", .text(key)])
                case "zset": reply = try await world.redis.send(["ZRANGE", .text(key), 0, -1, "WITHSCORES"])
                default: reply = .array([try await world.redis.send(["GET", .text(key)])])
                }
                let texts = (reply.array ?? []).compactMap(\.text).map { text in
                    // Of a mark only the current state and id are rebuilt, of a tally what was used.
                    if key.contains(":pairs:"), let tally = VoteTally(Array(text.utf8)[...]) { return "\(tally.used)" }
                    return key.contains(":pairs:") && text.contains("-")
                        ? text.split(separator: ":").prefix(2).joined(separator: ":") : text
                }
                state[key] = texts.sorted()
            }
        }
        return state
    }

    @Test func `redis ended and started again in the middle loses no acknowledged vote`() async throws {
        try await VotingWorld.run { world in
            try await world.ready()
            let author = try await world.person("author")
            let post = try await world.post(by: author)
            let acknowledged = Locked<Set<UserID>>([])
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    for number in 0..<400 {
                        let voter = world.caller()
                        guard let result = try? await world.vote(post, voter, address: world.address(number)),
                            result.counted
                        else { continue }
                        acknowledged.withLock { _ = $0.insert(voter.userID) }
                    }
                }
                tasks.addTask {
                    try await eventually("some votes") { acknowledged.withLock { $0.count } > 100 }
                    try await world.server.restart()
                }
                try await tasks.waitForAll()
            }
            try await eventually("redis") { (try? await world.redis.ping()) != nil }
            try await world.persisted()
            let stored = try await world.mongo.collection("votes").find([:], projection: ["voterId": 1])
            let voters = Set(stored.compactMap { $0.id("voterId", as: UserID.self) })
            let counted = acknowledged.withLock { $0 }
            #expect(counted.count > 100 && counted.isSubset(of: voters))
            #expect(try await world.accepted(of: author) == Int64(voters.count))
            #expect(try await world.totals(of: post).displayed == Int64(voters.count))
        }
    }

    @Test func `a persist worker killed again and again loses nothing and counts nothing twice`() async throws {
        try await VotingWorld.run(workers: false) { world in
            let author = try await world.person("author")
            var posts: [PostID] = []
            for _ in 0..<10 { posts.append(try await world.post(by: author)) }
            let targets = posts
            let worker = try await WorkerProcess(of: world, "worker:persist")
            try worker.start()
            try await world.ready()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    for number in 0..<60 {
                        let voter = world.caller()
                        for post in targets { try await world.vote(post, voter, address: world.address(number)) }
                    }
                }
                tasks.addTask {
                    for _ in 0..<6 {
                        try await Task.sleep(for: .milliseconds(Int.random(in: 50...250)))
                        try await worker.killAndRestart()
                    }
                }
                try await tasks.waitForAll()
            }
            try await world.persisted()
            #expect(try await world.pairs() == 600)
            #expect(try await world.accepted(of: author) == 600)
            for post in posts { #expect(try await world.totals(of: post) == (60, 60)) }
            try await eventually("the boards") { try await world.score(of: author, .alltime, .art) == 600 }
            worker.end()
        }
    }
}
