import BSON
import Domain
import Events
import JSON
import Records
import ServiceKit
import TestSupport
import Testing

@testable import ModerationService

@Suite(.timeLimit(.minutes(2))) struct VoteReviewLiveTests {
    func body(_ decision: String, _ reason: String = "looked into it") -> JSONValue {
        .object(JSONObject([("decision", .string(decision)), ("reason", .string(reason))]))
    }

    /// A flagged vote as voting leaves it.
    @discardableResult
    func flag(
        _ stores: TestStores, by voter: UserID, for author: UserID, castAt: Instant, address: String = "ab12cd34ef56",
        ring: ObjectID? = nil
    ) async throws -> VoteRecord {
        let id = ObjectID()
        let vote = VoteRecord(
            id: id, postID: .new(), voterID: voter, authorID: author, category: .art, state: .flagged,
            version: "1-0", fraudScore: 0.85, createdAt: castAt)
        try await stores.mongo.collection("votes").insert(vote.document)
        let signals: BSONDocument = [
            "accountAgeHours": .int64(3), "votesInLastMinute": .int32(2), "trustScore": .int32(50),
            "reciprocal": false, "accountsOnAddress": .int32(9), "accountsOnDevice": .int32(1),
        ]
        let reasons: [BSONValue] = [
            .document(["signal": "sharedAddress", "weight": .double(0.6)]),
            .document(["signal": "newAccount", "weight": .double(0.2)]),
        ]
        var evidence: BSONDocument = ["_id": .objectID(id), "postId": .id(vote.postID), "voterId": .id(voter)]
        evidence.append("authorId", .id(author))
        evidence.append("createdAt", .instant(castAt))
        evidence.append("fraudScore", .double(0.85))
        evidence.append("flagged", true)
        evidence.append("ipHash", .string(address))
        evidence.append("reasons", .array(reasons))
        evidence.append("signals", .document(signals))
        evidence.append("ring", ifPresent: ring.map { .objectID($0) })
        try await stores.mongo.collection("vote_evidence").insert(evidence)
        return vote
    }

    @Test func `the queue says why, in pages, and shows no address`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let moderator = try people.token(for: try await people.add("mod") { $0.roles = [.moderator] })
        let other = try people.token(for: try await people.add("ann"))
        let start = Instant.now() - .days(1)
        var votes: [VoteRecord] = []
        for number in 0..<5 {
            // Two in the same millisecond: the cursor tells them apart.
            let at = start + .milliseconds(number / 2)
            votes.append(try await flag(stores, by: .new(), for: .new(), castAt: at))
        }
        votes.sort { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
        try await withService(ModerationService.definition, on: stores, roles: [.api]) { moderation in
            let http = moderation.http
            #expect(try await http.get("/v1/moderation/votes", token: other).code == "forbidden")
            #expect(try await http.get("/v1/moderation/votes").code == "unauthenticated")
            #expect(try await http.get("/v1/moderation/votes?cursor=x", token: moderator).code == "invalid-cursor")
            var seen: [String] = []
            var cursor = ""
            repeat {
                let page = try await http.get("/v1/moderation/votes?limit=2\(cursor)", token: moderator)
                seen += page.json["items"]?.array?.compactMap { $0["id"]?.string } ?? []
                cursor = page.json["nextCursor"]?.string.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty && seen.count < 20
            #expect(seen == votes.map(\.id.hex))
            let answer = try await http.get("/v1/moderation/votes/\(votes[0].id.hex)", token: moderator)
            let item = answer.json
            #expect(item["score"]?.double == 0.85 && item["threshold"]?.double == 0.7)
            #expect(item["reasons"]?[0]?["signal"]?.string == "sharedAddress")
            #expect(item["reasons"]?[0]?["detail"]?.string == "9 accounts voted from this address")
            #expect(item["addressCluster"]?.string == "ab12cd34" && !answer.text.contains("ab12cd34ef56"))
            #expect(item["clusters"]?[0]?["accounts"]?.array?.count == 5 && item["decision"]?.isNull == true)
            let unknown = try await http.get("/v1/moderation/votes/\(ObjectID().hex)", token: moderator)
            #expect(unknown.code == "not-found")
        }
    }

    @Test func `a vote is decided once, by whoever comes first, and told of`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let staff = [
            try await people.add("mod") { $0.roles = [.moderator] },
            try await people.add("ned") { $0.roles = [.moderator] },
        ]
        let tokens = try staff.map { try people.token(for: $0) }
        let vote = try await flag(stores, by: .new(), for: .new(), castAt: .now())
        let own = try await flag(stores, by: .new(), for: staff[0].id, castAt: .now())
        try await withService(ModerationService.definition, on: stores, roles: [.api]) { moderation in
            let http = moderation.http
            func decide(_ vote: VoteRecord, _ decision: String, _ who: Int, key: String?) async throws -> TestAnswer {
                try await http.post(
                    "/v1/moderation/votes/\(vote.id.hex)/decision", body(decision), token: tokens[who], key: key)
            }
            #expect(try await decide(vote, "clear", 0, key: nil).code == "idempotency-key-required")
            #expect(try await decide(vote, "perhaps", 0, key: "a").code == "validation-failed")
            #expect(try await decide(own, "clear", 0, key: "b").code == "forbidden")

            let answers = try await withThrowingTaskGroup(of: (Int, String?).self) { tasks in
                for number in 0..<20 {
                    tasks.addTask {
                        let answer = try await decide(
                            vote, number % 2 == 0 ? "clear" : "uphold", number % 2, key: "k\(number)")
                        return (answer.status, answer.json["decision"]?.string ?? answer.code)
                    }
                }
                return try await tasks.reduce(into: [(Int, String?)]()) { $0.append($1) }
            }
            let winners = Set(answers.filter { $0.0 == 200 }.map(\.1))
            #expect(winners.count == 1 && answers.count { $0.0 == 200 } == 10)
            #expect(answers.count { $0.0 == 409 && $0.1 == "conflict" } == 10)

            let actions = stores.mongo.collection("moderation_actions")
            let entries = try await actions.find(["targetType": "vote"])
            #expect(entries.count == 1 && entries[0].string("reason") == "looked into it")
            #expect(entries[0].id("targetUserId") == vote.voterID)
            let cleared = winners.first == "clear"
            try await eventually("the event") {
                let told = try await moderation.context.redis.xrange(
                    Topic.moderation.stream(of: vote.voterID), count: 100)
                return told.count { $0.text("type") == "VoteReviewed" } == 1
                    && told[0].text("data")?.contains("\"isCleared\":\(cleared)") == true
            }
            // Voting has not followed yet, and the queue leaves it out all the same.
            let waiting = try await http.get("/v1/moderation/votes", token: tokens[1])
            #expect(waiting.json["items"]?.array?.compactMap { $0["id"]?.string } == [own.id.hex])
            let shown = try await http.get("/v1/moderation/votes/\(vote.id.hex)", token: tokens[1])
            #expect(shown.json["decision"]?["decision"]?.string == (cleared ? "clear" : "uphold"))
        }
    }
}
