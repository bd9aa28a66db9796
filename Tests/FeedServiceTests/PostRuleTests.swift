import BSON
import Domain
import HTTPServer
import JSON
import Records
import Testing

@testable import FeedService

func makePost(
    author: UserID = .new(), visibility: Visibility = .public, status: ModerationStatus = .approved,
    category: Category = .art, at: Instant = Instant(milliseconds: 1_795_252_645_000)
) -> PostRecord {
    let generation = GenerationID.new()
    var post = PostRecord(
        id: PostRecord.id(of: generation, madeAt: at), userID: author,
        author: AuthorSnapshot(username: "ann", displayName: "Ann", avatarUrl: nil, tier: .free),
        generationID: generation, requestKey: "key", prompt: "a fox", refinedPrompt: nil, caption: "hi \"there\"",
        imageUrl: "/media/i", thumbnailUrl: "/media/t", imageWidth: 768, imageHeight: 768, blurhash: "LEHV6n",
        model: "sketch", seed: 7, parameters: GenerationParameters(steps: 4), generationTimeMs: 12, hasWatermark: true,
        tags: ["fox"], category: category, visibility: visibility, createdAt: at)
    post.moderationStatus = status
    return post
}

@Suite struct PostVisibilityTests {
    private let author = UserID.new()

    private func isVisible(
        _ visibility: Visibility, _ status: ModerationStatus = .approved, to viewer: Viewer
    ) -> Bool {
        PostVisibility.isVisible(makePost(author: author, visibility: visibility, status: status), to: viewer)
    }

    @Test func `an approved post is seen as far as its visibility allows`() {
        let stranger = Viewer(userID: .new())
        let follower = Viewer(userID: .new(), follows: true)
        #expect(isVisible(.public, to: .anonymous))
        #expect(!isVisible(.followers, to: stranger) && isVisible(.followers, to: follower))
        #expect(!isVisible(.private, to: follower) && isVisible(.private, to: Viewer(userID: author)))
    }

    @Test(arguments: [ModerationStatus.pending, .flagged, .rejected])
    func `a post that is not approved is seen by its author and moderators only`(status: ModerationStatus) {
        #expect(!isVisible(.public, status, to: Viewer(userID: .new(), follows: true)))
        #expect(isVisible(.public, status, to: Viewer(userID: author)))
        #expect(isVisible(.public, status, to: Viewer(userID: .new(), isModerator: true)))
    }

    @Test func `blocked people see nothing of each other, and a deleted post is gone for everybody`() {
        #expect(!isVisible(.public, to: Viewer(userID: .new(), follows: true, isBlocked: true)))
        var gone = makePost(author: author)
        gone.deletedAt = gone.createdAt
        #expect(!PostVisibility.isVisible(gone, to: Viewer(userID: author)))
    }
}

@Suite struct PostJSONTests {
    private let pictures = PictureAddresses { $0 + "?signed" }

    @Test func `the viewer's mark is spliced into bytes that are the same for everybody`() throws {
        let json = PostJSON(makePost(), pictures: pictures)
        let anonymous = try JSONParser.parse(json.bytes(voted: nil))
        #expect(anonymous["voted"] == nil)
        #expect(PostJSON.schema.validate(anonymous).isEmpty)
        for voted in [true, false] {
            let marked = try JSONParser.parse(json.bytes(voted: voted))
            #expect(marked["voted"]?.bool == voted)
            #expect(PostJSON.schema.validate(marked).isEmpty)
        }
    }

    @Test func `only the picture of a public post has a plain address`() throws {
        func address(_ post: PostRecord) throws -> String? {
            try JSONParser.parse(PostJSON(post, pictures: pictures).bytes(voted: nil))["imageUrl"]?.string
        }
        #expect(try address(makePost()) == "/media/i")
        #expect(try address(makePost(visibility: .followers)) == "/media/i?signed")
        #expect(try address(makePost(status: .rejected)) == "/media/i?signed")
    }
}

@Suite struct FeedCursorTests {
    @Test(arguments: [
        FeedCursor.after(TimePlace(time: Instant(milliseconds: 5), id: PostID(hex: "65a1b2c3d4e5f60718293a4b")!)),
        .snapshot(id: "65a1b2c3d4e5f60718293a4b", offset: 20),
    ])
    func `a cursor survives a round trip`(cursor: FeedCursor) throws {
        #expect(try FeedCursor(try Cursor.decode(cursor.text)) == cursor)
    }

    @Test(arguments: [
        "{}", "{\"t\":1}", "{\"s\":\"../x\",\"o\":1}", "{\"s\":\"65a1b2c3d4e5f60718293a4b\",\"o\":-1}", "[]",
    ])
    func `what this service did not make is refused`(json: String) throws {
        let value = try JSONParser.parse(json)
        #expect(throws: Problem.self) { try FeedCursor(value) }
    }
}

@Suite struct ForYouRankingTests {
    private let now = Instant(milliseconds: 1_795_252_645_000)

    @Test func `what somebody votes for and whom they follow comes first, and every factor stays positive`() {
        let liked = UserID.new()
        let taste = Taste(votedFor: [(author: liked, category: .scifi)], followed: [])
        let ranking = ForYouRanking(taste: taste, now: now)
        let familiar = ranking.reasons(for: makePost(author: liked, category: .scifi, at: now))
        let strange = ranking.reasons(for: makePost(category: .food, at: now))
        #expect(familiar.affinity > strange.affinity)
        #expect(strange.score > 0)
    }

    @Test func `the same post gets the same score within the hour`() {
        let post = makePost(at: now - .hours(3))
        let ranking = ForYouRanking(taste: Taste(votedFor: [], followed: []), now: now)
        #expect(ranking.reasons(for: post) == ranking.reasons(for: post))
        let old = ranking.reasons(for: makePost(at: now - .days(10)))
        #expect(old.freshness < ranking.reasons(for: post).freshness)
    }
}
