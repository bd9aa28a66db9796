package import Domain
package import RedisClient

/// Keys of a voter, all under the tag of the voter's partition.
extension RedisKey {
    /// A voter's pairs with posts of one stretch of ten days: field = post, value = `VoteMark`.
    package static func votePairs(_ voter: UserID, of post: PostID) -> RedisKey {
        votePairs(voter, stretch: VoteMark.stretch(of: post))
    }

    /// The pairs with posts of the ten days around a moment. They also hold what the voter has used of each of these
    /// days (field = `VoteTally.day`, value = `VoteTally`).
    package static func votePairs(_ voter: UserID, at now: Instant) -> RedisKey {
        votePairs(voter, stretch: VoteMark.stretch(at: now))
    }

    private static func votePairs(_ voter: UserID, stretch: Int64) -> RedisKey {
        RedisKey(Partition(of: voter).tag, "votes", "pairs", voter.hex, "\(stretch)")
    }
}

/// What Redis holds of a pair: `1:ID:EARLIER:…`. 0 withdrawn, 1 voted, 2 voted but not counted at present; then the
/// stream id of this change and of the few before it, the newest first: votes and withdrawals in turn, back to a vote.
package struct VoteMark: Equatable, Sendable {
    package enum Kind: String, Sendable {
        case withdrawn = "0"
        case voted = "1"
        case uncounted = "2"

        init?(digit: UInt8) {
            switch digit {
            case UInt8(ascii: "0"): self = .withdrawn
            case UInt8(ascii: "1"): self = .voted
            case UInt8(ascii: "2"): self = .uncounted
            default: return nil
            }
        }
    }

    package let kind: Kind
    package let id: RedisStreamID
    package let earlier: [RedisStreamID]

    package init(kind: Kind, id: RedisStreamID, earlier: [RedisStreamID] = []) {
        self.kind = kind
        self.id = id
        self.earlier = earlier
    }

    package init?(_ text: String) { self.init(Array(text.utf8)[...]) }

    /// By bytes: splitting into characters would cost more than the rest of reading a vote's reply.
    package init?(_ bytes: ArraySlice<UInt8>) {
        let colon = UInt8(ascii: ":")
        var rest = bytes.dropFirst(2)
        guard let kind = bytes.first.flatMap(Kind.init(digit:)), bytes.dropFirst().first == colon,
            let end = rest.firstIndex(of: colon), let id = RedisStreamID(rest[..<end])
        else { return nil }
        rest = rest[(end + 1)...]
        var earlier: [RedisStreamID] = []
        while !rest.isEmpty {
            let end = rest.firstIndex(of: colon) ?? rest.endIndex
            if let id = RedisStreamID(rest[..<end]) { earlier.append(id) }
            rest = rest[end...].dropFirst()
        }
        self.init(kind: kind, id: id, earlier: earlier)
    }

    package var text: String { "\(kind.rawValue):\(id):\(earlier.map(\.description).joined(separator: ":"))" }

    /// Whether the voter sees the post as voted for.
    package var isVoted: Bool { kind != .withdrawn }

    /// Whether a total that knows the stream up to there has the vote in it.
    package func isIn(totalUpTo position: RedisStreamID) -> Bool {
        guard kind != .uncounted, let newest = ([id] + earlier).firstIndex(where: { position >= $0 }) else {
            return false
        }
        return newest.isMultiple(of: 2) == isVoted
    }

    // MARK: How long pairs stay

    private static let stretchSeconds: Int64 = 864_000
    private static var staySeconds: Int64 { Int64(EconomyConfiguration.standard.votePairRedisDays) * 86_400 }

    /// Which ten days a post is of, by its id's own time.
    package static func stretch(of post: PostID) -> Int64 { Int64(post.objectID.timestamp) / stretchSeconds }

    /// Which ten days a moment is of. They begin with a day, so that a day is of one stretch only.
    package static func stretch(at now: Instant) -> Int64 { now.milliseconds / 1000 / stretchSeconds }

    /// When the pairs with posts of this one's stretch leave Redis, in seconds since 1970; later for old posts, whose
    /// pairs stay for two days, until they are long persisted.
    package static func expiry(of post: PostID, now: Instant) -> Int64 {
        max((stretch(of: post) + 1) * stretchSeconds + staySeconds, now.milliseconds / 1000 + 172_800)
    }

    /// Whether a pair that Redis does not have may all the same be in MongoDB.
    package static func mayHaveLeft(_ post: PostID, now: Instant) -> Bool {
        now.milliseconds / 1000 - Int64(post.objectID.timestamp) > staySeconds
    }
}
