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
        #expect(Topic.votes.streams.count == 8 && Set(Topic.votes.streams).count == 8)
        #expect(Topic.posts.streams.map(\.text) == (0..<4).map { "{u0\($0)}:events:posts" })
        let user = UserID.new()
        #expect(Topic.votes.stream(of: user).text == "\(Partition(of: user).tag):events:votes")
        #expect(Topic.posts.streams.contains(Topic.posts.stream(of: user)))
        #expect(Set(Topic.all.map(\.name)).count == Topic.all.count)
    }

    @Test func `a vote reads the same from what the script wrote and from any other JSON`() throws {
        let vote = VoteCast(
            postID: .new(), voterID: .new(), authorID: .new(), category: .art, isRepeat: true, addressHash: "ab",
            deviceHash: "cd", sessionID: .new(), accountCreatedAt: Instant(milliseconds: 5))
        let plain = vote.bytes
        #expect(try VoteCast(data: plain[...]) == vote)
        // A space, a member that nobody knows, and one of another kind: the parser's business.
        let spaced = Array(String(decoding: plain, as: UTF8.self).replacing(":", with: ": ").utf8)
        #expect(try VoteCast(data: spaced[...]) == vote)
        let longer = plain.dropLast() + Array(#","new":1}"#.utf8)
        #expect(try VoteCast(data: Array(longer)[...]) == vote)
        #expect(throws: (any Error).self) { try VoteCast(data: Array(#"{"postID":"x"}"#.utf8)[...]) }
        let twice = plain.dropLast() + Array(#","category":"art"}"#.utf8)
        #expect(throws: (any Error).self) { try VoteCast(data: Array(twice)[...]) }
    }

    @Test func `totals read the same from what was written and from any other JSON`() throws {
        let totals = AuthorVoteTotalsChanged(
            authorID: .new(), partition: 3, displayed: 4, accepted: 5, lastAcceptedAt: Instant(milliseconds: 6),
            version: 7, at: Instant(milliseconds: 8))
        let plain = totals.bytes
        let spaced = Array(String(decoding: plain, as: UTF8.self).replacing(":", with: ": ").utf8)
        #expect(try AuthorVoteTotalsChanged(data: plain[...]) == totals)
        #expect(try AuthorVoteTotalsChanged(data: spaced[...]) == totals)
    }

    @Test func `an outbox is written as its tree is`() throws {
        let at = Instant(milliseconds: 1_700_000_000_000)
        let event = OutgoingEvent(
            VoteTotalsChanged(
                postID: .new(), authorID: .new(), partition: 1, displayed: 1, accepted: 1, version: 1, at: at), at: at,
            trace: .generate())
        var writer = BSONWriter()
        writer.document { [event].write(to: &$0, after: [.document(["old": 1])]) }
        let tree: BSONDocument = ["outbox": .array([.document(["old": 1]), .document(event.document)])]
        #expect(writer.bytes == tree.encode())
    }

    @Test(arguments: ["-", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"])
    func `an envelope in one field says what one of many fields says`(trace: String) throws {
        let id = EventID.new()
        func entry(_ event: String) -> RedisStreamEntry {
            RedisStreamEntry(id: .zero, fields: [("type", Array("X".utf8)), ("event", Array(event.utf8))])
        }
        let head = try #require(EventHead(entry("1 \(id.hex) 1795250000123 \(trace) {\"a\": 1}")))
        #expect(head.id == id && head.occurredAt == now && Array(head.data) == Array("{\"a\": 1}".utf8))
        #expect(head.trace?.traceID == (trace == "-" ? nil : "0af7651916cd43dd8448eb211c80319c"))
        for wrong in [
            "", "1", "1 \(id.hex)", "1 \(id.hex) x - {}", "1 no 5 - {}", "1 \(id.hex) 5 -", " \(id.hex) 5 - {}",
        ] {
            #expect(EventHead(entry(wrong)) == nil, "\(wrong)")
        }
    }

    @Test func `an incomplete entry is rejected for good`() {
        let entry = RedisStreamEntry(id: .zero, fields: [("type", Array("VoteCast".utf8)), ("data", Array("{}".utf8))])
        #expect(throws: EventRejected.self) {
            try EventEnvelope<VoteCast>(StreamDelivery(stream: RedisKey("s"), entry: entry))
        }
    }
}
