import Domain
import JSON
import RedisClient

/// Each person's latest frames in Redis, for connections that come back, and the channels that carry frames to the
/// processes that hold connections.
///
/// Mailboxes are a convenience: what matters is in MongoDB and reached over REST, so a flush costs a `resync`.
struct Mailboxes: Sendable {
    private static let posting = RedisScript(PackageResources.post_frame_lua)
    private static let kept = 200
    private static let retention = Duration.hours(24)

    let redis: RedisClient
    let now: @Sendable () -> Instant

    func post(_ type: String, _ data: some JSONWritable, to user: UserID) async throws {
        _ = try await redis.run(
            Self.posting, keys: [.mailbox(user)],
            arguments: [
                .text(Self.channel(of: user)), .text(user.hex), .text(type), .text(now().iso8601),
                .bytes(JSONWriter.bytes(data)), RedisArgument(Self.kept), RedisArgument(Self.retention.milliseconds),
            ])
    }

    /// Tells whoever looks at a post how many votes it has; not kept, since the next figure replaces it.
    func announce(_ votes: Int64, of post: PostID) async throws {
        try await redis.publish(Self.votesChannel, .text("\(post.hex) \(votes)"))
    }

    /// What came after a frame, or nil when the mailbox does not reach back to it.
    func frames(after id: RedisStreamID, of user: UserID) async throws -> [Frame]? {
        let entries = try await redis.xrange(.mailbox(user), from: id.description, count: Self.kept * 2)
        guard entries.first?.id == id else { return nil }
        return entries.dropFirst().compactMap { Frame($0) }
    }

    static let votesChannel = "realtime:votes"
    static let channels = Partition.all.map { "realtime:\($0.tag)" } + [votesChannel]

    private static func channel(of user: UserID) -> String { "realtime:\(Partition(of: user).tag)" }
}

extension RedisKey {
    /// The latest frames of a person: a stream.
    static func mailbox(_ user: UserID) -> RedisKey { RedisKey(Partition(of: user).tag, "mailbox", user.hex) }

    /// A single-use ticket; its name is a digest, so that who reads keys learns no ticket.
    static func ticket(_ digest: String) -> RedisKey { RedisKey("ticket", digest) }
}
