package import Domain
package import RedisClient

/// Voting's keys; those of pairs and caps are in Records, since others read them.
extension RedisKey {
    /// Says that a voters' partition is whole, in the fourth layout of these keys: without it no vote is taken.
    package static func voteEpoch(_ partition: Partition) -> RedisKey { RedisKey(partition.tag, "votes", "epoch4") }

    static func voteRebuild(_ partition: Partition) -> RedisKey { RedisKey(partition.tag, "votes", "rebuild") }

    /// Who of a partition blocks or is blocked, and by or of whom: `VOTER` and `VOTEROTHER`.
    static func voteBlocks(_ partition: Partition) -> RedisKey { RedisKey(partition.tag, "votes", "blocks") }

    /// Author, category and access of a post, and its totals by voters' partition.
    static func votedPost(_ post: PostID) -> RedisKey {
        RedisKey(PostPartition(of: post).tag, "votes", "post", post.hex)
    }

    /// Accounts seen on an address or a device, by its keyed hash.
    static func voteCrowd(_ kind: String, _ hash: String) -> RedisKey { RedisKey("{\(hash)}", "votes", kind) }

    static func boardScores(_ board: Board) -> RedisKey { RedisKey("{board:\(board.name)}", "scores") }
    static func boardShares(_ board: Board) -> RedisKey { RedisKey("{board:\(board.name)}", "shares") }
}
