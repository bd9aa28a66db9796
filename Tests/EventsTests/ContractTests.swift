import BSON
import Domain
import JSON
import RedisClient
import Testing

@testable import Events

@Suite struct ContractTests {
    private let person = PersonSnapshot(username: "ann", displayName: "Ann \"A\"", avatarUrl: nil, tier: .pro)
    private let now = Instant(milliseconds: 1_795_250_000_123)

    private func roundTrip<E: Event & Equatable>(_ event: E) throws {
        let bytes = event.bytes
        #expect(try E(json: JSONParser.parse(bytes)) == event)
    }

    @Test func `events come back as they were written`() throws {
        let post = PostSnapshot(
            postID: .new(), authorID: .new(), author: person, category: .art, tags: ["a", "b"], visibility: .public,
            moderationStatus: .approved, prompt: "a fox", imageUrl: "/i", thumbnailUrl: "/t", createdAt: now, version: 7
        )
        try roundTrip(PostApproved(post: post, approvedAt: now))
        try roundTrip(PostCreated(post: post, generationID: .new(), refinedPrompt: "a red fox"))
        try roundTrip(
            UserRegistered(
                userID: .new(), person: person, email: "a@example.org", referralCode: "ABCD2345", platform: .web,
                createdAt: now))
        try roundTrip(
            GemsEarned(
                transactionID: .new(), userID: .new(), seq: .max, source: "votes", amount: 2, balance: 12,
                multiplier: 2, at: now))
        try roundTrip(
            VoteFlagged(
                postID: .new(), voterID: .new(), authorID: .new(), score: 0.85, reasons: ["velocity"], flaggedAt: now))
        try roundTrip(VoteWithdrawn(postID: .new(), voterID: .new(), authorID: .new(), category: .food))
        let voter = UserID.new()
        try roundTrip(
            VoteCast(
                postID: .new(), voterID: voter, authorID: .new(), category: .meme, isRepeat: true, addressHash: "aa",
                sessionID: .new(), accountCreatedAt: now))
    }

    @Test func `a field added later does not disturb an older reader, a missing one is an error`() throws {
        let id = NotificationID.new().hex
        let user = UserID.new().hex
        let more =
            "{\"notificationID\":\"\(id)\",\"userID\":\"\(user)\",\"kind\":\"vote\",\"channel\":\"inbox\",\"sentAt\":5,\"x\":[1]}"
        #expect(try NotificationSent(json: JSONParser.parse(more)).sentAt == Instant(milliseconds: 5))
        #expect(throws: DecodingError.self) { try NotificationSent(json: JSONParser.parse("{\"userID\":\"\(user)\"}")) }
    }

    @Test func `every partition of a topic has its own stream, and one subject always the same`() {
        #expect(Topic.votes.streams.count == 16 && Set(Topic.votes.streams).count == 16)
        #expect(Topic.posts.streams.map(\.text) == (0..<4).map { "{u0\($0)}:events:posts" })
        let user = UserID.new()
        #expect(Topic.votes.stream(of: user).text == "\(Partition(of: user).tag):events:votes")
        #expect(Topic.posts.streams.contains(Topic.posts.stream(of: user)))
        #expect(Set(Topic.all.map(\.name)).count == Topic.all.count)
    }

    @Test func `an incomplete entry is rejected for good`() {
        let entry = RedisStreamEntry(id: .zero, fields: [("type", Array("VoteCast".utf8)), ("data", Array("{}".utf8))])
        #expect(throws: EventRejected.self) {
            try EventEnvelope<VoteCast>(StreamDelivery(stream: RedisKey("s"), entry: entry))
        }
    }
}
