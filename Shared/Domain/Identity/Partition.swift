import BSON

/// One of the fixed shares into which a person's Redis state and streams are split.
///
/// The tag is a Redis Cluster hash tag: every key of one partition lies in one slot, so a script may touch them together.
package struct Partition: Hashable, Comparable, Sendable {
    /// Fixed for the life of a deployment: keys and totals are written per partition.
    ///
    /// Votes of one partition that wait share a call, so that fewer partitions make a vote cheaper (64 votes in flight are
    /// eight calls); but a partition lies on one server, so that more of them spread over more. Eight keep four masters
    /// equally busy (three as 4, 2 and 2, where their slots are divided evenly), and leave more servers than those nothing.
    package static let count = 8
    package static let all = (0..<count).map { Partition(number: $0) }

    package let number: Int

    package init(number: Int) {
        self.number = number % Self.count
    }

    /// The partition of a person.
    package init(of user: UserID) {
        self.init(number: Int(user.objectID.stableHash % UInt64(Self.count)))
    }

    /// The hash tag, braces included: `{u00}` to `{u07}`.
    package var tag: String { Self.tags[number] }

    private static let tags = (0..<count).map { $0 < 10 ? "{u0\($0)}" : "{u\($0)}" }

    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// One of the fixed shares into which posts' Redis state is split; its tag is `{p00}` to `{p15}`.
package struct PostPartition: Hashable, Sendable {
    package static let count = 16
    package static let all = (0..<count).map { PostPartition(number: $0) }

    package let number: Int

    package init(number: Int) {
        self.number = number % Self.count
    }

    package init(of post: PostID) {
        self.init(number: Int(post.objectID.stableHash % UInt64(Self.count)))
    }

    package var tag: String { number < 10 ? "{p0\(number)}" : "{p\(number)}" }
}

extension ObjectID {
    /// FNV-1a (64 bit) over the 12 bytes: the same in every process and release, unlike `Hashable`'s seeded hash.
    fileprivate var stableHash: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for shift in stride(from: 56, through: 0, by: -8) {
            hash = (hash ^ (high >> UInt64(shift) & 0xFF)) &* 0x0000_0100_0000_01b3
        }
        for shift in stride(from: 24, through: 0, by: -8) {
            hash = (hash ^ UInt64(low >> UInt32(shift) & 0xFF)) &* 0x0000_0100_0000_01b3
        }
        return hash ^ (hash >> 32)
    }
}
