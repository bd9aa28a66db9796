import BSON
import Domain
import Events
import JSON
import Ledger
import MongoClient
import Records
import ServiceKit
import TestSupport
import Testing

@testable import GemsService

/// The whole service on real stores.
struct GemsServiceTests {
    private func totals(_ accepted: Int64, of author: UserID, version: Int64) -> AuthorVoteTotalsChanged {
        AuthorVoteTotalsChanged(
            authorID: author, partition: 2, displayed: accepted, accepted: accepted, version: version, at: .now())
    }

    private func setVotes(_ accepted: Int64, of author: UserID, _ stores: TestStores) async throws {
        try await stores.mongo.collection(VoteCollections.authorTotals.name).update(
            ["_id": ["author": .id(author), "partition": 2]],
            [
                "$set": [
                    "partition": 2, "accepted": .int64(accepted), "displayed": .int64(accepted),
                    "updatedAt": .date(1), "version": .int64(accepted),
                ]
            ], upsert: true)
    }

    /// Until the stream of revocations was read, people's writes are refused.
    private func whenWritable(_ service: TestService) async throws {
        try await eventually("the revocations to be read") { service.context.revocations.isCurrent(now: .now()) }
    }

    @Test func `votes become gems, gems an unlock, and everybody hears of it`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let author = try await people.add("painter")
        let token = try people.token(for: author)
        try await withService(GemsService.definition, on: stores) { gems in
            try await whenWritable(gems)
            #expect(try await gems.http.get("/v1/gems/balance").status == 401)
            try await setVotes(43, of: author.id, stores)
            let bus = EventBus(redis: gems.context.redis)
            for version in 1...3 {
                try await bus.publish(totals(43, of: author.id, version: Int64(version)), at: .now())
            }
            try await eventually("four gems") {
                try await gems.http.get("/v1/gems/balance", token: token).json["balance"]?.int64 == 4
            }
            let balance = try await gems.http.get("/v1/gems/balance", token: token)
            #expect(balance.json["votesTowardNextGem"]?.int64 == 3 && balance.json["totalEarned"]?.int64 == 4)
            let body: JSONValue = ["productId": "model-sketch-plus"]
            #expect(
                try await gems.http.post("/v1/gems/purchases", body, token: token).code == "idempotency-key-required")
            let bought = try await gems.http.post("/v1/gems/purchases", body, token: token, key: "one")
            #expect(bought.status == 201)
            let again = try await gems.http.post("/v1/gems/purchases", body, token: token, key: "one")
            #expect(again.status == 201 && again.bytes == bought.bytes)
            #expect(again.header("Idempotency-Replayed") == "true")
            #expect(
                try await gems.http.post("/v1/gems/purchases", body, token: token, key: "two").code == "already-owned")
            let unknown: JSONValue = ["productId": "x", "extra": 1]
            #expect(try await gems.http.post("/v1/gems/purchases", unknown, token: token, key: "3").status == 422)
            try await eventually("an empty outbox") {
                try await stores.mongo.collection("gem_transactions").count(["outbox.id": ["$exists": true]]) == 0
            }
        }
    }

    @Test func `a session's start is a day's login, once`() async throws {
        let stores = try await TestStores.fresh()
        _ = try await TestPeople(stores)  // without a signing key no service becomes ready
        let user = UserID.new()
        try await withService(GemsService.definition, on: stores) { gems in
            let bus = EventBus(redis: gems.context.redis)
            for _ in 0..<3 {
                try await bus.publish(
                    SessionStarted(
                        userID: user, sessionID: .new(), deviceID: "d", platform: .web, accountCreatedAt: .now(),
                        startedAt: .now()), at: .now())
            }
            let ledger = Ledger(database: stores.mongo.database)
            try await eventually("a gem") { try await ledger.head(of: user).balance == 1 }
        }
        #expect(try await Ledger(database: stores.mongo.database).entries(of: user, limit: 9).count == 1)
    }

    @Test func `a gift reaches its recipient by name`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let (giver, friend) = (try await people.add("giver"), try await people.add("friend"))
        let ledger = Ledger(database: stores.mongo.database)
        try await ledger.award(10, to: giver.id, source: .admin, key: "start")
        try await withService(GemsService.definition, on: stores, roles: [.api]) { gems in
            try await whenWritable(gems)
            let token = try people.token(for: giver)
            let body: JSONValue = ["productId": "gift-10", "recipientUsername": "Friend"]
            let sent = try await gems.http.post("/v1/gems/purchases", body, token: token, key: "g")
            #expect(sent.status == 201 && sent.json["code"] == nil)
            #expect(try await ledger.head(of: friend.id).balance == 10)
            #expect(try await ledger.head(of: giver.id).balance == 0)
            let own: JSONValue = ["productId": "gift-10", "recipientUsername": "giver"]
            #expect(try await gems.http.post("/v1/gems/purchases", own, token: token, key: "own").status == 422)
            let poor = try await gems.http.post("/v1/gems/purchases", body, token: token, key: "h")
            #expect(poor.status == 402 && poor.code == "insufficient-gems")
            let redeemed = try await gems.http.post(
                "/v1/gems/gift-cards/redeem", ["code": "ABCD"], token: token, key: "i")
            #expect(redeemed.status == 404)
        }
    }
}
