package import BSON
package import Domain

extension VoteRecord {
    /// The `_id` of a pair: the same in every process and release, so that nothing about a pair can happen twice.
    ///
    /// The voter's partition (4 bits), the second in which the post was made (32), and a digest of the pair (60). A batch
    /// is one partition's, and most votes are for new posts: what is written together lies together in the indexes, where
    /// digests alone would touch another page with each vote, and more of them the more votes there are.
    ///
    /// The digest has to spread, not to withstand an attacker: servers make the ids of posts and people.
    package static func id(_ post: PostID, _ voter: UserID) -> ObjectID {
        let partition = UInt64(Partition(of: voter).number)
        let (post, voter) = (post.objectID, voter.objectID)
        var digest = spread(post.high ^ 0x9E37_79B9_7F4A_7C15)
        digest = spread(digest ^ (UInt64(post.low) << 32 | UInt64(voter.low)))
        digest = spread(digest ^ voter.high)
        let place = partition << 60 | (post.high >> 32) << 28
        return ObjectID(high: place | digest >> 36, low: UInt32(truncatingIfNeeded: digest >> 4))
    }

    /// The finalizer of MurmurHash3.
    private static func spread(_ word: UInt64) -> UInt64 {
        var word = word
        word = (word ^ word >> 33) &* 0xFF51_AFD7_ED55_8CCD
        word = (word ^ word >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return word ^ word >> 33
    }
}
