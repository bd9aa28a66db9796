import BSON
import Domain
import JSON
import MongoClient
import Records
import Testing

@Suite struct RecordTests {
    @Test func `a post survives a round trip through its document`() throws {
        var post = PostRecord(
            id: .new(), userID: .new(),
            author: AuthorSnapshot(username: "ann", displayName: "Ann", avatarUrl: "https://x.example/a", tier: .pro),
            generationID: .new(), requestKey: "k", prompt: "a fox", refinedPrompt: "a red fox", caption: "hi",
            imageUrl: "/i", thumbnailUrl: "/t", imageWidth: 768, imageHeight: 512, blurhash: "LEHV6n", model: "sketch",
            seed: 7, parameters: GenerationParameters(steps: 4, cfgScale: 1.5, negativePrompt: "dog"),
            generationTimeMs: 12, hasWatermark: true, tags: ["fox"], category: .animals, visibility: .followers,
            createdAt: Instant(milliseconds: 1_700_000_000_123))
        post.counters.votes = 5
        post.moderationStatus = .approved
        post.deletedAt = Instant(milliseconds: 1_700_000_000_999)
        #expect(try PostRecord(post.document) == post)
    }

    @Test func `a person survives a round trip through their document`() throws {
        var user = UserRecord(
            id: .new(), username: "ann", displayName: "Ann", referralCode: "AB12CD34",
            createdAt: Instant(milliseconds: 1_700_000_000_000))
        user.email = "ann@example.org"
        user.roles = [.moderator]
        user.gemBalance = 12
        user.streak = Streak(
            current: 3, longest: 9, lastDay: "2026-11-20", lastAwardAt: Instant(milliseconds: 1_700_000_000_000))
        user.bannedAt = Instant(milliseconds: 1_700_000_000_001)
        #expect(try UserRecord(user.document) == user)
    }

    @Test func `a finished generation survives a round trip through its document`() throws {
        var job = GenerationRecord(
            id: .new(), userID: .new(), requestKey: "k", prompt: "a fox", model: "sketch-plus", seed: -1,
            createdAt: Instant(milliseconds: 1_700_000_000_000))
        job.status = .completed
        job.output = .init(
            imageKey: "a/b.webp", thumbnailKey: "a/b-t.webp", imageUrl: "/media/a", thumbnailUrl: "/media/t",
            blurhash: "LEHV6n", perceptualHash: "00ff", width: 1024, height: 1024, hasWatermark: false,
            generationTimeMs: 900)
        job.holdKey = "hold:1"
        #expect(try GenerationRecord(job.document) == job)
    }

    @Test func `a picture that failed says why, and shows nothing that was painted before`() throws {
        var job = GenerationRecord(
            id: .new(), userID: .new(), requestKey: "k", prompt: "a fox", model: "sketch", seed: 1,
            createdAt: Instant(milliseconds: 0))
        job.status = .failed
        job.lastError = FailureReason.providerError.rawValue
        job.output = .init(
            imageKey: "a", thumbnailKey: "b", imageUrl: "/media/a", thumbnailUrl: "/media/b", blurhash: "LEHV6n",
            perceptualHash: nil, width: 768, height: 768, hasWatermark: true, generationTimeMs: 9)
        let shown = try JSONParser.parse(JSONWriter.bytes(GenerationView(job) { $0 }))
        #expect(shown["error"]?["code"]?.string == "provider-error")
        #expect(shown["error"]?["message"]?.string == FailureReason.providerError.message)
        #expect(shown["imageUrl"] == nil)
    }

    @Test func `a document without a required field names it`() {
        #expect(throws: BSONError.missing("_id")) { try PostRecord(["generationParams": [:]]) }
    }

    @Test(arguments: AllCollections.declarations)
    func `a collection can be sharded as declared and admits a documented set of fields only`(
        collection: CollectionDeclaration
    ) throws {
        #expect(collection.unshardableIndexes.isEmpty)
        #expect(collection.schema.bool("additionalProperties") == false)
        let properties = try #require(collection.schema.document("properties"))
        for required in collection.schema.strings("required") ?? [] { #expect(properties.contains(required)) }
        for index in collection.indexes {
            for key in index.keys.keys {
                let field = key.split(separator: ".").first.map(String.init) ?? key
                #expect(properties.contains(field), "index on \(key) of \(collection.name)")
            }
        }
    }

    @Test(arguments: [PostRecord.collection, UserRecord.collection, GenerationRecord.collection])
    func `a record writes no field that its collection refuses`(collection: CollectionDeclaration) throws {
        let properties = try #require(collection.schema.document("properties"))
        let samples: [BSONDocument] = [
            UserRecord(
                id: .new(), username: "ann", displayName: "A", referralCode: "AB12CD34",
                createdAt: Instant(milliseconds: 0)
            ).document,
            GenerationRecord(
                id: .new(), userID: .new(), requestKey: "k", prompt: "p", model: "m", seed: 1,
                createdAt: Instant(milliseconds: 0)
            ).document,
        ]
        for sample in samples where Set(collection.schema.strings("required") ?? []).isSubset(of: sample.keys) {
            #expect(Set(sample.keys).isSubset(of: properties.keys))
        }
    }

    @Test func `no two collections share a name`() {
        let names = AllCollections.declarations.map(\.name)
        #expect(Set(names).count == names.count)
    }
}
