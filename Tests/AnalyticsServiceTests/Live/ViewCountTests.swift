import BSON
import Domain
import JSON
import Records
import TestSupport
import Testing

@testable import AnalyticsService

@Suite struct ViewCountTests {
    private func view(_ post: PostID, count: Int = 1) -> JSONValue {
        let event = JSONValue.object(
            JSONObject([
                ("event", "post_viewed"), ("properties", .object(JSONObject([("postId", .string(post.hex))]))),
                ("timestamp", "2026-11-21T09:00:00Z"),
            ]))
        return .object(JSONObject([("events", .array(Array(repeating: event, count: count)))]))
    }

    private func addPost(of author: UserID, to stores: TestStores) async throws -> PostID {
        let generation = GenerationID.new()
        let post = PostRecord(
            id: PostRecord.id(of: generation, madeAt: .now()), userID: author,
            author: AuthorSnapshot(username: "ann", displayName: "Ann", avatarUrl: nil, tier: .free),
            generationID: generation,
            requestKey: "k", prompt: "p", refinedPrompt: nil, caption: nil, imageUrl: "i", thumbnailUrl: "t",
            imageWidth: 1,
            imageHeight: 1, blurhash: "b", model: "sketch", seed: 1, parameters: GenerationParameters(),
            generationTimeMs: 1,
            hasWatermark: false, tags: [], category: .art, visibility: .public, createdAt: .now())
        try await stores.mongo.collection(PostRecord.collection.name).insert(post.document)
        return post.id
    }

    @Test func `every view counts once and every viewer once, with two workers at it`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let author = try await people.add("author")
        let post = try await addPost(of: author.id, to: stores)
        let ann = try people.token(for: try await people.add("ann"))
        let bob = try people.token(for: try await people.add("bob"))
        try await withService(AnalyticsService.definition, on: stores) { analytics in
            try await withService(AnalyticsService.definition, on: stores, roles: [.worker("views")]) { _ in
                for token in [ann, bob, ann, nil, try people.token(for: author)] {
                    #expect(
                        try await analytics.http.post("/v1/events", view(post, count: 3), token: token).status == 202)
                }
                let totals = stores.mongo.collection(AnalyticsCollections.postViews.name)
                try await eventually("all views") { try await totals.findByID(.id(post))?.int64("views") == 15 }
                #expect(try await totals.findByID(.id(post))?.int64("uniqueViewers") == 2)
            }
        }
    }

    @Test func `a view without a post, too many events and bad names are refused`() async throws {
        let stores = try await TestStores.fresh()
        _ = try await TestPeople(stores)
        try await withService(AnalyticsService.definition, on: stores, roles: [.api]) { analytics in
            let empty = try JSONParser.parse(#"{"events":[]}"#)
            #expect(try await analytics.http.post("/v1/events", empty).code == "validation-failed")
            let nameless = try JSONParser.parse(
                #"{"events":[{"event":"Bad Name","timestamp":"2026-11-21T09:00:00Z"}]}"#)
            #expect(
                try await analytics.http.post("/v1/events", nameless).json["errors"]?[0]?["pointer"]?.string
                    == "/events/0/event")
            let lost = try JSONParser.parse(#"{"events":[{"event":"post_viewed","timestamp":"2026-11-21T09:00:00Z"}]}"#)
            #expect(
                try await analytics.http.post("/v1/events", lost).json["errors"]?[0]?["pointer"]?.string
                    == "/events/0/properties/postId")
            #expect(try await analytics.http.post("/v1/events", view(.new(), count: 101)).code == "validation-failed")
        }
    }
}
