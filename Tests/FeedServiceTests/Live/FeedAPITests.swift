import BSON
import Domain
import Events
import JSON
import Records
import ServiceKit
import TestSupport
import Testing

@testable import FeedService

private let variables = ["MEDIA_SIGNING_SECRET": "a signing secret for tests, long enough"]

/// A person with a finished picture.
private func paint(_ person: UserRecord, in stores: TestStores, prompt: String = "a fox in the snow") async throws
    -> GenerationRecord
{
    var job = GenerationRecord(
        id: .new(), userID: person.id, requestKey: "k\(UInt64.random(in: .min ... .max))", prompt: prompt,
        model: "sketch",
        seed: 7, createdAt: .now())
    job.status = .completed
    job.output = .init(
        imageKey: "i", thumbnailKey: "t", imageUrl: "http://gateway/media/i", thumbnailUrl: "http://gateway/media/t",
        blurhash: "LEHV6n", perceptualHash: nil, width: 768, height: 768, hasWatermark: true, generationTimeMs: 5)
    try await stores.mongo.collection(GenerationRecord.collection.name).insert(job.document)
    return job
}

private func body(_ job: GenerationRecord, _ more: [(String, JSONValue)] = []) -> JSONValue {
    .object(JSONObject([("generationId", .string(job.id.hex))] + more))
}

@Suite struct FeedAPITests {
    @Test func `a picture is posted once, seen by others once approved, and gone when deleted`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let ann = try await people.add("ann")
        let token = try people.token(for: ann)
        let other = try people.token(for: try await people.add("bob"))
        try await withService(FeedService.definition, on: stores, variables: variables) { feed in
            let job = try await paint(ann, in: stores)
            let created = try await feed.http.post("/v1/posts", body(job, [("caption", "hi")]), token: token, key: "1")
            #expect(created.status == 201)
            let id = try #require(created.json["id"]?.string)
            #expect(created.json["moderationStatus"]?.string == "pending")
            #expect(try await feed.http.get("/v1/posts/\(id)", token: other).code == "not-found")

            let again = try await feed.http.post("/v1/posts", body(job, [("caption", "hi")]), token: token, key: "1")
            #expect(again.status == 201 && again.json["id"]?.string == id)
            #expect(try await feed.http.post("/v1/posts", body(job), token: token, key: "2").code == "already-posted")
            #expect(try await feed.http.post("/v1/posts", body(job), token: other, key: "3").code == "not-found")

            try await approve(PostID(hex: id)!, by: ann, on: feed)
            try await eventually("the post in the new feed") {
                try await feed.http.get("/v1/feed/new").json["items"]?.array?.first?["id"]?.string == id
            }
            #expect(try await feed.http.get("/v1/posts/\(id)", token: other).json["voted"]?.bool == false)
            #expect(try await feed.http.send("DELETE", "/v1/posts/\(id)", token: other).code == "forbidden")
            #expect(try await feed.http.send("DELETE", "/v1/posts/\(id)", token: token).status == 204)
            #expect(try await feed.http.get("/v1/posts/\(id)", token: token).code == "not-found")
        }
    }

    @Test func `refusals say what is wrong`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let ann = try await people.add("ann")
        let token = try people.token(for: ann)
        try await withService(FeedService.definition, on: stores, roles: [.api], variables: variables) { feed in
            var waiting = try await paint(ann, in: stores)
            waiting.status = .processing
            _ = try await stores.mongo.collection(GenerationRecord.collection.name).update(
                ["_id": .id(waiting.id)], ["$set": ["status": "processing"]])
            #expect(
                try await feed.http.post("/v1/posts", body(waiting), token: token, key: "1").code
                    == "generation-not-ready")
            let job = try await paint(ann, in: stores)
            let rude = try await feed.http.post("/v1/posts", body(job, [("caption", "p0rn")]), token: token, key: "2")
            #expect(rude.status == 422 && rude.code == "content-rejected")
            let unknown = try await feed.http.post("/v1/posts", body(job, [("tag", "x")]), token: token, key: "3")
            #expect(unknown.json["errors"]?[0]?["pointer"]?.string == "/tag")
            #expect(try await feed.http.post("/v1/posts", body(job), token: token).code == "idempotency-key-required")
            #expect(try await feed.http.get("/v1/feed/nonsense").code == "not-found")
            #expect(try await feed.http.get("/v1/feed/following").code == "unauthenticated")
            #expect(try await feed.http.get("/v1/feed/new?cursor=xyz").code == "invalid-cursor")
            #expect(try await feed.http.get("/v1/feed/new?limit=0").code == "validation-failed")
            #expect(try await feed.http.get("/v1/feed/new?category=nonsense").code == "validation-failed")
        }
    }

    @Test func `a ranked feed pages through a snapshot: each post once while ranks move, and 410 when it is gone`()
        async throws
    {
        let stores = try await TestStores.fresh()
        _ = try await TestPeople(stores)
        let posts = stores.mongo.collection(PostRecord.collection.name)
        let made = (0..<25).map { index in
            var post = makePost(at: Instant.now() - .minutes(index))
            post.trendingScore = Double(100 - index)
            return post
        }
        try await posts.insertMany(made.map(\.document))
        try await withService(FeedService.definition, on: stores, roles: [.api], variables: variables) { feed in
            var seen: [String] = []
            var cursor: String?
            repeat {
                let page = try await feed.http.get(
                    "/v1/feed/trending?limit=10" + (cursor.map { "&cursor=\($0)" } ?? ""))
                seen += page.json["items"]?.array?.compactMap { $0["id"]?.string } ?? []
                cursor = page.json["nextCursor"]?.string
                // Turn the ranks upside down between two pages.
                _ = try await posts.update(["_id": .id(made[24].id)], ["$set": ["trendingScore": 1000.0]])
            } while cursor != nil
            #expect(seen == made.map(\.id.hex))

            let first = try await feed.http.get("/v1/feed/trending?limit=10")
            let next = try #require(first.json["nextCursor"]?.string)
            _ = try await feed.context.redis.send(["FLUSHALL"])
            #expect(try await feed.http.get("/v1/feed/trending?limit=10&cursor=\(next)").code == "cursor-expired")
        }
    }

    @Test func `whom one follows is seen in following at once, whom one blocks nowhere`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let ann = try await people.add("ann")
        let bob = try await people.add("bob")
        let token = try people.token(for: bob)
        var post = makePost(author: ann.id, visibility: .followers, at: .now())
        post.trendingScore = 5
        try await stores.mongo.collection(PostRecord.collection.name).insert(post.document)
        try await withService(FeedService.definition, on: stores, roles: [.api], variables: variables) { feed in
            #expect(try await feed.http.get("/v1/feed/following", token: token).json["items"]?.array?.isEmpty == true)
            try await stores.mongo.collection(SocialCollections.follows.name).insert([
                "_id": RelationLookup.pairID(bob.id, ann.id), "followerId": .id(bob.id), "followingId": .id(ann.id),
                "createdAt": .instant(.now()),
            ])
            let following = try await feed.http.get("/v1/feed/following", token: token)
            #expect(following.json["items"]?[0]?["id"]?.string == post.id.hex)
            try await stores.mongo.collection(SocialCollections.blocks.name).insert([
                "_id": RelationLookup.blockID(ann.id, bob.id, kind: "block"), "ownerId": .id(ann.id),
                "otherId": .id(bob.id),
                "kind": "block", "createdAt": .instant(.now()),
            ])
            #expect(try await feed.http.get("/v1/feed/following", token: token).json["items"]?.array?.isEmpty == true)
            #expect(try await feed.http.get("/v1/posts/\(post.id.hex)", token: token).code == "not-found")
            #expect(try await feed.http.get("/v1/users/ann/posts", token: token).code == "not-found")
        }
    }

    @Test func `totals are set by version, whatever the order in which they come`() async throws {
        let stores = try await TestStores.fresh()
        _ = try await TestPeople(stores)
        let post = makePost(at: .now())
        try await stores.mongo.collection(PostRecord.collection.name).insert(post.document)
        try await withService(FeedService.definition, on: stores, variables: variables) { feed in
            let bus = EventBus(redis: feed.context.redis)
            func total(_ partition: Int, _ displayed: Int64, _ version: Int64) -> OutgoingEvent {
                let event = VoteTotalsChanged(
                    postID: post.id, authorID: post.userID, partition: partition, displayed: displayed,
                    accepted: displayed, version: version, at: .now())
                return OutgoingEvent(event, at: .now())
            }
            try await bus.publish([total(3, 7, 2), total(3, 4, 1), total(5, 10, 1), total(3, 7, 2)])
            try await eventually("the sum of the newest rows") {
                try await feed.http.get("/v1/posts/\(post.id.hex)").json["voteCount"]?.int64 == 17
            }
        }
    }

    private func approve(_ post: PostID, by author: UserRecord, on feed: TestService) async throws {
        let approved = ContentApproved(
            postID: post, authorID: author.id, decidedBy: "auto", nsfwScore: 0, isNSFW: false, notes: nil,
            decidedAt: .now())
        try await EventBus(redis: feed.context.redis).publish(approved, at: .now())
    }
}
