import BSON
@testable import Domain
import Events
import JSON
import Records
import Security
import ServiceKit
import TestSupport
import Testing

@testable import ModerationService

/// A whole group's votes decided at once.
@Suite(.timeLimit(.minutes(2))) struct RingDecisionLiveTests {
    private let votes = VoteReviewLiveTests()

    /// A group of three on one device, with votes that wait.
    private func ring(_ stores: TestStores, votes count: Int) async throws -> (VoteRingRecord, [VoteRecord]) {
        let members = (0..<3).map { _ in UserID.new() }.sorted()
        let edges = [(edge: VoteEdge(from: members[0], to: members[1]), votes: count)]
        let finding = CollusionFinding(
            kind: .ring, members: members, targets: members, edges: edges, castVotes: count,
            expectedShare: 0.1, shared: [])
        let record = VoteRingRecord(finding, id: ObjectID(), flaggedVotes: count, at: .now())
        try await stores.mongo.collection("vote_rings").insert(record.document)
        return (record, try await flag(stores, record, count))
    }

    private func flag(_ stores: TestStores, _ ring: VoteRingRecord, _ count: Int) async throws -> [VoteRecord] {
        var flagged: [VoteRecord] = []
        for number in 0..<count {
            flagged.append(
                try await votes.flag(
                    stores, by: ring.members[number % 2], for: ring.members[2], castAt: .now(), ring: ring.id))
        }
        return flagged
    }

    private func entries(_ stores: TestStores, _ type: String) async throws -> [BSONDocument] {
        try await stores.mongo.collection("moderation_actions").find(["targetType": .string(type)])
    }

    private func told(_ service: TestService, of ring: VoteRingRecord) async throws -> Int {
        var events: Set<String> = []
        for stream in Topic.moderation.streams {
            for entry in try await service.context.redis.xrange(stream, count: 1_000)
            where entry.text("type") == "VoteReviewed" {
                events.insert(entry.text("id") ?? "")
            }
        }
        return events.count
    }

    @Test func `a group is decided once by one moderator, each of its votes too, and what is new later again`()
        async throws
    {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let staff = [
            try await people.add("mod") { $0.roles = [.moderator] },
            try await people.add("ned") { $0.roles = [.moderator] },
        ]
        let tokens = try staff.map { try people.token(for: $0) }
        let (ring, flagged) = try await ring(stores, votes: 150)
        try await withService(ModerationService.definition, on: stores, roles: [.api]) { moderation in
            let http = moderation.http
            func decide(_ decision: String, _ who: Int, key: String?) async throws -> TestAnswer {
                try await http.post(
                    "/v1/moderation/vote-rings/\(ring.id.hex)/decision", votes.body(decision), token: tokens[who],
                    key: key)
            }
            #expect(try await decide("clear", 0, key: nil).code == "idempotency-key-required")
            // One vote is another moderator's already, and stays as it is.
            let own = try await http.post(
                "/v1/moderation/votes/\(flagged[0].id.hex)/decision", votes.body("clear"), token: tokens[1], key: "o")
            #expect(own.status == 200)
            let answers = try await withThrowingTaskGroup(of: TestAnswer.self) { tasks in
                for number in 0..<8 { tasks.addTask { try await decide("uphold", 0, key: "k\(number)") } }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 200 && $0.json["decision"]?.string == "uphold" })
            #expect(try await decide("clear", 1, key: "c").code == "conflict")
            #expect(try await decide("uphold", 0, key: "again").json["votes"]?.int == 149)
            #expect(try await entries(stores, "vote_ring").count == 1)
            let decided = try await entries(stores, "vote")
            #expect(decided.count == 150 && decided.count { $0.string("action") == "clear_vote" } == 1)
            try await eventually("the events") { try await told(moderation, of: ring) == 150 }

            _ = try await flag(stores, ring, 3)
            #expect(try await decide("clear", 1, key: "d").json["votes"]?.int == 3)
            #expect(try await entries(stores, "vote_ring").count == 2)
            let unknown = try await http.post(
                "/v1/moderation/vote-rings/\(ObjectID().hex)/decision", votes.body("clear"), token: tokens[0], key: "u")
            #expect(unknown.code == "not-found")
        }
    }

    @Test func `what a process that ended has left of a group is finished, and audited once`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let moderator = try await people.add("mod") { $0.roles = [.moderator] }
        let (ring, flagged) = try await ring(stores, votes: 20)
        // As it was when it ended: the group's entry is there, and those of some votes.
        let whole = ObjectID.deriving(["moderation", "vote-ring", ring.id.hex, "1"])
        let actions = stores.mongo.collection("moderation_actions")
        var entry: BSONDocument = ["targetUserId": .id(ring.members[0]), "action": "uphold_vote"]
        entry.append("reason", "a farm")
        entry.append("source", "manual_review")
        entry.append("performedBy", .string(moderator.id.hex))
        entry.append("appealable", true)
        entry.append("createdAt", .instant(.now() - .minutes(1)))
        var first = entry
        first.append("_id", .objectID(whole))
        first.append("targetType", "vote_ring")
        first.append("targetId", .objectID(ring.id))
        first.append("number", .int32(1))
        first.append("underWay", true)
        try await actions.insert(first)
        for vote in flagged[..<7] {
            var part = entry
            part.append("_id", .objectID(VoteDecision.id(of: vote.id)))
            part.append("targetType", "vote")
            part.append("targetId", .objectID(vote.id))
            part.append("partOf", .objectID(whole))
            try await actions.insert(part)
        }
        try await withService(ModerationService.definition, on: stores, roles: [.worker("outbox")]) { moderation in
            try await eventually("the end of the decision") {
                try await actions.count(["underWay": true]) == 0
            }
            #expect(try await actions.count(["partOf": .objectID(whole), "action": "uphold_vote"]) == 20)
            #expect(try await entries(stores, "vote").count == 20)
            #expect(try await entries(stores, "vote_ring").count == 1)
            // The seven before had told their events themselves.
            try await eventually("the events") { try await told(moderation, of: ring) == 13 }
        }
    }
}
