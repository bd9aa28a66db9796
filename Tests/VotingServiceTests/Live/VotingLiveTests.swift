import BSON
import Domain
import Events
import Records
import RedisClient
import Runtime
import Testing
import TestSupport

@testable import VotingService

@Suite(.serialized) struct VotingLiveTests {
    @Test func `the same vote from 64 connections at once counts once`() async throws {
        try await VotingWorld.run { world in
            try await world.ready()
            let author = try await world.person("author")
            let post = try await world.post(by: author)
            let voter = world.caller()
            let counted = try await withThrowingTaskGroup(of: Bool.self) { tasks in
                for _ in 0..<64 { tasks.addTask { try await world.vote(post, voter).counted } }
                return try await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(counted == 1)
            try await world.persisted()
            #expect(try await world.pairs() == 1)
            #expect(try await world.totals(of: post) == (1, 1))
            #expect(try await world.accepted(of: author) == 1)
        }
    }

    @Test(arguments: [false, true])
    func `a hundred people voting at once on twenty posts are counted exactly`(onCluster: Bool) async throws {
        // On the cluster in many transactions instead of a few.
        try await VotingWorld.run(onCluster: onCluster, votesPerTransaction: onCluster ? 20 : 2000) { world in
            try await world.ready()
            var posts: [PostID] = []
            var authors: [UserID] = []
            for number in 0..<20 {
                authors.append(try await world.person("author\(number)"))
                posts.append(try await world.post(by: authors[number]))
            }
            let voters = (0..<100).map { _ in world.caller() }
            let targets = posts
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for (number, voter) in voters.enumerated() {
                    tasks.addTask {
                        for post in targets.shuffled() {
                            let result = try await world.vote(post, voter, address: world.address(number))
                            #expect(result.counted && result.count >= 1 && result.count <= 100)
                        }
                    }
                }
                try await tasks.waitForAll()
            }
            try await world.persisted()
            #expect(try await world.pairs() == 2000)
            for (author, post) in zip(authors, posts) {
                #expect(try await world.totals(of: post) == (100, 100))
                #expect(try await world.accepted(of: author) == 100)
                for period in LeaderboardPeriod.allCases {
                    #expect(try await world.score(of: author, period) == 100)
                    #expect(try await world.score(of: author, period, .art) == 100)
                }
                #expect(try await world.vote(post, voters[0]).count == 100)
            }
            let page = try await world.parts.leaderboard(Board(.daily, at: .now()), offset: 0, limit: 5)
            #expect(
                page.entries.map(\.rank) == [1, 2, 3, 4, 5] && page.entries.map(\.score) == [100, 100, 100, 100, 100])
            #expect(page.next == 5)
        }
    }

    @Test func `totals are told as absolute figures that grow to the end`() async throws {
        try await VotingWorld.run { world in
            try await world.ready()
            let author = try await world.person("author")
            let post = try await world.post(by: author)
            for number in 0..<30 { try await world.vote(post, world.caller(), address: world.address(number)) }
            try await world.persisted()
            try await eventually("the outbox to be empty") {
                var untold = 0
                for collection in [VoteCollections.postTotals, VoteCollections.authorTotals] {
                    untold += try await world.mongo.collection(collection.name).count(["outbox.id": ["$exists": true]])
                }
                return untold == 0
            }
            var rows: [Int: VoteTotalsChanged] = [:]
            var shares: [Int: AuthorVoteTotalsChanged] = [:]
            for entry in try await world.redis.xrange(Topic.voteResults.stream(of: author), count: 1000) {
                let delivery = StreamDelivery(stream: RedisKey(""), entry: entry)
                if delivery.type == VoteTotalsChanged.type {
                    let event = try EventEnvelope<VoteTotalsChanged>(delivery).payload
                    if event.version > rows[event.partition]?.version ?? 0 { rows[event.partition] = event }
                } else if delivery.type == AuthorVoteTotalsChanged.type {
                    let event = try EventEnvelope<AuthorVoteTotalsChanged>(delivery).payload
                    if event.version > shares[event.partition]?.version ?? 0 { shares[event.partition] = event }
                }
            }
            #expect(rows.values.reduce(0) { $0 + $1.displayed } == 30)
            #expect(shares.values.reduce(0) { $0 + $1.accepted } == 30)
        }
    }

    @Test func `votes are refused as the contract says, and a withdrawal refunds nothing`() async throws {
        var economy = EconomyConfiguration()
        economy.votesPerDay.free = 2
        try await VotingWorld.run(economy: economy) { world in
            try await world.ready()
            let author = try await world.person("author")
            let posts = [
                try await world.post(by: author), try await world.post(by: author), try await world.post(by: author),
            ]
            let pending = try await world.post(by: author, status: .pending)
            let voter = world.caller()
            await #expect(throws: VotingError.noSuchPost) { try await world.vote(.new(), voter) }
            await #expect(throws: VotingError.noSuchPost) { try await world.vote(pending, voter) }
            await #expect(throws: VotingError.ownPost) { try await world.vote(posts[0], world.caller(author)) }
            #expect(try await world.vote(posts[0], voter) == .init(count: 1, counted: true, votesLeft: 1))
            #expect(try await world.vote(posts[0], voter) == .init(count: 1, counted: false, votesLeft: 1))
            #expect(try await world.parts.withdraw(posts[0], by: voter.userID, at: .now()) == 0)
            #expect(try await world.parts.withdraw(posts[0], by: voter.userID, at: .now()) == 0)
            #expect(try await world.parts.withdraw(posts[1], by: voter.userID, at: .now()) == 0)
            try await world.persisted()
            #expect(try await world.vote(posts[0], voter) == .init(count: 1, counted: false, votesLeft: 1))
            #expect(try await world.vote(posts[1], voter) == .init(count: 1, counted: true, votesLeft: 0))
            do {
                try await world.vote(posts[2], voter)
                Issue.record("the cap did not hold")
            } catch VotingError.capReached(let retryAfter) {
                #expect(retryAfter > .zero && retryAfter <= .days(1))
            }
            #expect(try await world.vote(posts[1], voter).counted == false)  // a repeat at the cap is no refusal
            try await world.persisted()
            #expect(try await world.accepted(of: author) == 2)
            #expect(try await world.totals(of: posts[0]) == (1, 1))
        }
    }

    @Test func `a post that is approved a moment ago can be voted for before its event has come`() async throws {
        try await VotingWorld.run { world in
            try await world.ready()
            let author = try await world.person("author")
            let post = try await world.post(by: author, status: .pending)
            let voter = world.caller()
            await #expect(throws: VotingError.noSuchPost) { try await world.vote(post, voter) }
            try await world.mongo.collection("posts").update(
                ["_id": .id(post)],
                ["$set": ["moderationStatus": "approved", "updatedAt": .instant(.now() + .seconds(1))]])
            #expect(try await world.vote(post, voter).counted)
        }
    }

    @Test func `a pair that has left Redis is known from the permanent record`() async throws {
        try await VotingWorld.run { world in
            try await world.ready()
            let author = try await world.person("author")
            let seconds = UInt32(Instant.now().milliseconds / 1000) - 60 * 86_400
            let old = try #require(
                ObjectID(bytes: withUnsafeBytes(of: seconds.bigEndian, Array.init) + [UInt8](repeating: 7, count: 8)))
            let post = try await world.post(by: author, id: PostID(old))
            let voter = world.caller()
            #expect(try await world.vote(post, voter).counted)
            try await world.persisted()
            try await world.redis.del(.votePairs(voter.userID, of: post))
            #expect(try await world.vote(post, voter).counted == false)
            #expect(try await world.parts.withdraw(post, by: voter.userID, at: .now()) == 0)
            try await world.persisted()
            #expect(try await world.totals(of: post) == (0, 1))
        }
    }

    @Test func `votes taken back and cast again are shown right before anything of them is persisted`() async throws {
        try await VotingWorld.run(workers: false) { world in
            let post = try await world.post(by: try await world.person("author"))
            let voter = world.caller()
            try await world.parts.rebuild(Partition(of: voter.userID))
            for _ in 0..<5 {
                #expect(try await world.vote(post, voter).count == 1)
                #expect(try await world.parts.withdraw(post, by: voter.userID, at: .now()) == 0)
            }
            world.startWorkers()
            try await world.ready()
            try await world.persisted()
            #expect(try await world.vote(post, voter).count == 1)
            try await world.persisted()
            #expect(try await world.vote(post, voter).count == 1)
            #expect(try await world.totals(of: post) == (1, 1))
        }
    }
}
