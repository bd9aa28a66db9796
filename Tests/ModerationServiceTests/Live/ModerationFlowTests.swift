import BSON
import Domain
import Events
import JSON
import Records
import ServiceKit
import TestSupport
import Testing

@testable import ModerationService

@Suite struct ModerationFlowTests {
    private func post(_ prompt: String, version: Int64 = 1) -> PostSnapshot {
        PostSnapshot(
            postID: .new(), authorID: .new(), author: PersonSnapshot(username: "ann", displayName: "Ann", tier: .free),
            category: .art, visibility: .public, moderationStatus: .pending, prompt: prompt, imageUrl: "/i",
            thumbnailUrl: "/t",
            createdAt: .now(), version: version)
    }

    @Test func `a new post is decided once, however often its event comes`() async throws {
        let stores = try await TestStores.fresh()
        _ = try await TestPeople(stores)
        try await withService(ModerationService.definition, on: stores) { moderation in
            let bus = EventBus(redis: moderation.context.redis)
            let fine = post("a fox")
            let bad = post("hardcore porn")
            for snapshot in [fine, bad, fine, bad] {
                let created = PostCreated(post: snapshot, generationID: .new(), refinedPrompt: nil)
                try await bus.publish(created, at: .now())
            }
            let actions = stores.mongo.collection(ModerationCollections.actions.name)
            try await eventually("both decisions") { try await actions.count() == 2 }
            let stored = try await actions.find(["targetId": .id(bad.postID)])
            #expect(stored.map { $0.string("action") } == ["reject"])
            #expect(stored.first?.strings("rules") == ["sexual-explicit"])
            try await eventually("the events are out") {
                try await actions.count(["outbox.id": ["$exists": true]]) == 0
            }
        }
    }

    @Test func `moderators decide what was flagged, others may not`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let moderator = try people.token(for: try await people.add("mod") { $0.roles = [.moderator] })
        let other = try people.token(for: try await people.add("ann"))
        let body = JSONValue.object(JSONObject([("decision", "approve"), ("reason", "a painting")]))
        try await withService(ModerationService.definition, on: stores, roles: [.api]) { moderation in
            #expect(try await moderation.http.get("/v1/moderation/queue", token: other).code == "forbidden")
            #expect(
                try await moderation.http.get("/v1/moderation/queue", token: moderator).json["items"]?.array?.isEmpty
                    == true)
            let unknown = try await moderation.http.post(
                "/v1/moderation/posts/\(PostID.new().hex)/decision", body, token: moderator, key: "1")
            #expect(unknown.code == "not-found")
        }
    }
}
