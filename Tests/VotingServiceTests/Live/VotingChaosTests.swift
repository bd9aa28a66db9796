import BSON
import Domain
import Events
import Foundation
import HTTPServer
import Records
import RedisClient
import Testing
import TestSupport

@testable import VotingService

/// A tenth of each campaign in `make test`; all of it in `make chaos`, which sets `CIRCLE_CHAOS=full`.
@Suite(.serialized, .timeLimit(.minutes(30))) struct VotingChaosLiveTests {
    private static let isFull = ProcessInfo.processInfo.environment["CIRCLE_CHAOS"] == "full"

    @Test func `the same vote from 64 connections at once is one row and one count, each time`() async throws {
        let trials = Self.isFull ? 1000 : 100
        let stores = try await TestStores.fresh(durable: true)
        let people = try await TestPeople(stores)
        let author = try await people.add("author")
        try await withService(VotingService.definition, on: stores) { service in
            let rebuild = VotingParts(service.context).rebuild
            try await eventually("the partitions") { try await rebuild.missing().isEmpty }
            let port = try #require(service.http.url.split(separator: ":").last.flatMap { Int($0) })
            let connections = try RawConnections(64, port: port)
            for number in 0..<trials {
                let post = try await stores.post(by: author)
                let token = try people.token(for: try await people.add("voter\(number)"), device: "device\(number)")
                let answers = try connections.all("PUT", "/v1/posts/\(post.hex)/vote", token: token)
                let refusal = answers.first { $0.status != 200 }
                #expect(refusal == nil, "trial \(number): \(refusal?.body ?? "")")
                #expect(answers.count { $0.body.contains("\"counted\":true") } == 1, "trial \(number)")
                #expect(answers.allSatisfy { $0.body.contains("\"voteCount\":1,") }, "trial \(number)")
                #expect(answers.allSatisfy { $0.body.contains("\"votesLeftToday\":49") }, "trial \(number)")
            }
            var entries = 0
            for stream in Topic.votes.streams { entries += try await service.context.redis.xlen(stream) }
            #expect(entries == trials)
            let votes = stores.mongo.collection(VoteCollections.votes.name)
            try await eventually("one row a trial") { try await votes.count() == trials }
            let totals = stores.mongo.collection(VoteCollections.postTotals.name)
            #expect(try await totals.count(["displayed": 1, "accepted": 1]) == trials)
            #expect(try await totals.count() == trials)
            let shares = try await stores.mongo.collection(VoteCollections.authorTotals.name).find([:])
            #expect(shares.reduce(0) { $0 + ($1.int64("accepted") ?? 0) } == Int64(trials))
        }
    }

    @Test(arguments: 1...(isFull ? 10 : 1))
    func `clock steps of an hour in either direction grant nothing extra`(seed: UInt64) async throws {
        var economy = EconomyConfiguration()
        economy.votesPerDay.free = 6
        try await VotingWorld.run(economy: economy) { world in
            try await world.ready()
            var random = SeededGenerator(seed: seed)
            let author = try await world.person("author")
            var posts: [PostID] = []
            for _ in 0..<30 { posts.append(try await world.post(by: author)) }
            let voters = (0..<5).map { _ in world.caller() }
            // Around midnight, where an hour is another day.
            var time = Instant.now().nextUTCDay - .seconds(1800)
            var counted: [String: Int] = [:]
            var byDay: [String: Int64] = [:]
            var pairs: Set<String> = []
            for turn in 0..<600 {
                time = time + .seconds(Int.random(in: 0...20, using: &random))
                let step = Int.random(in: -5...5, using: &random)  // most of the time the clock is right
                let clock = time + .hours(abs(step) == 5 ? step.signum() : 0)
                // What Redis has lost is put together anew with the clock where it is.
                if turn % 200 == 150 {
                    try await world.persisted()
                    await world.stopWorkers()
                    try await world.redis.send(["FLUSHALL"])
                    for partition in Partition.all { try await world.parts.rebuild(partition, at: clock) }
                    world.startWorkers()
                }
                let number = Int.random(in: 0..<voters.count, using: &random)
                let post = posts[Int.random(in: 0..<posts.count, using: &random)]
                let cast = world.parts.cast
                do {
                    let result = try await cast(post, by: voters[number], from: world.address(number), at: clock)
                    guard result.counted else { continue }
                    #expect(pairs.insert("\(number) \(post)").inserted, "a pair counted twice")
                    counted["\(number) \(clock.utcDay)", default: 0] += 1
                    byDay[clock.utcDay, default: 0] += 1
                } catch VotingError.capReached { continue }
            }
            #expect(counted.values.allSatisfy { $0 <= 6 }, "more than a day's cap: \(counted)")
            #expect(counted.values.contains(6))
            try await world.persisted()
            #expect(try await world.accepted(of: author) == Int64(pairs.count))
            for (day, votes) in byDay {
                let at = try #require(Instant(iso8601: day + "T12:00:00Z"))
                let score = try await world.parts.boards.standing(of: author, on: Board(.daily, at: at))?.score
                #expect(score == votes)
            }
        }
    }
}
