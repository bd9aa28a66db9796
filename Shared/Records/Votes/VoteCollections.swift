package import MongoClient
import Domain

/// The collections that voting alone writes. Pairs are permanent and compact; only evidence expires.
package enum VoteCollections {
    /// One document a (post, voter) pair, for ever, its `_id` derived from the pair; `version` is the stream id of the
    /// newest change applied.
    ///
    /// Every index costs each vote an entry, so there are none but those that a query uses. Sharded by post, the pair's
    /// `_id` is unique all the same, since a pair has one shard; the index that MongoDB wants on the shard key is made when
    /// the collection is sharded.
    package static let votes = CollectionDeclaration(
        "votes",
        Fields(
            required: [
                "_id": .objectID, "postId": .objectID, "voterId": .objectID, "authorId": .objectID,
                "partition": .count, "category": .string, "state": .oneOf(VoteState.self), "withdrawn": .bool,
                "version": .string, "createdAt": .date, "updatedAt": .date,
            ],
            optional: ["fraudScore": .number(0...1)]),
        indexes: [
            // A person's votes, and those for somebody.
            IndexDeclaration(["voterId": 1, "authorId": 1]),
            // What a partition's Redis state is rebuilt from.
            IndexDeclaration(["partition": 1, "createdAt": -1]),
            // The moderators' queue.
            IndexDeclaration(["createdAt": 1, "_id": 1], partial: ["state": "flagged"]),
        ],
        shardKey: ["postId"])

    /// Why a vote was scored as it was: keyed hashes, signals; gone after 90 days. The `_id` is the pair's.
    package static let evidence = CollectionDeclaration(
        "vote_evidence",
        Fields(
            required: [
                "_id": .objectID, "postId": .objectID, "voterId": .objectID, "authorId": .objectID, "createdAt": .date,
                "fraudScore": .number(0...1), "flagged": .bool,
            ],
            optional: [
                "ipHash": .string, "deviceHash": .string, "sessionId": .objectID, "reasons": .array(.object),
                "signals": .object, "ring": .objectID, "reviewedAt": .date, "reviewedBy": .string,
                "verdict": .oneOf(["cleared", "confirmed"]),
            ]),
        indexes: [
            // Accounts on an address or a device, for moderators.
            IndexDeclaration(["ipHash": 1, "createdAt": -1], sparse: true),
            IndexDeclaration(["deviceHash": 1, "createdAt": -1], sparse: true),
            IndexDeclaration(["ring": 1], sparse: true),
            IndexDeclaration(["createdAt": 1], expireAfter: .days(90)),
        ])

    /// E, what is displayed, and the boards' scores, per author and voters' partition, so that partitions never write the
    /// same document. `boards` holds `day:2026-11-21`, `week:2026-W47`, each also with `:category`, and `all:category`.
    package static let authorTotals = CollectionDeclaration(
        "vote_totals_by_author",
        Fields(
            required: [
                "_id": .object, "partition": .count, "accepted": .int64, "displayed": .int64, "version": .int64,
                "updatedAt": .date,
            ],
            optional: ["lastAcceptedAt": .date, "boards": .object, "outbox": .outbox]),
        indexes: [
            IndexDeclaration(["_id.author": 1]),
            IndexDeclaration(["partition": 1]),
            IndexDeclaration(["updatedAt": 1]),
            IndexDeclaration(["outbox.id": 1], sparse: true),
        ])

    /// What is displayed and accepted per post and voters' partition. `position` is the stream id up to which the row
    /// knows its partition's votes for the post.
    package static let postTotals = CollectionDeclaration(
        "vote_totals_by_post",
        Fields(
            required: [
                "_id": .object, "authorId": .objectID, "partition": .count, "accepted": .int64, "displayed": .int64,
                "version": .int64, "position": .string, "updatedAt": .date,
            ],
            optional: ["outbox": .outbox]),
        indexes: [
            IndexDeclaration(["_id.post": 1]),
            IndexDeclaration(["updatedAt": 1]),
            IndexDeclaration(["outbox.id": 1], sparse: true),
        ])

    /// What voting knows of a voter: standing, and how far taking back or giving back their votes has come.
    package static let voters = CollectionDeclaration(
        "voters",
        Fields(
            required: ["_id": .objectID, "updatedAt": .date],
            optional: [
                "standing": .oneOf(VoterStanding.self), "standingVersion": .int64, "reversing": .bool,
                "touched": .int64, "moved": .int64,
                "outbox": .outbox,
            ]),
        indexes: [
            IndexDeclaration(["reversing": 1], sparse: true), IndexDeclaration(["outbox.id": 1], sparse: true),
        ])

    /// The newest stream id persisted of each voters' partition: no later one may be smaller.
    package static let positions = CollectionDeclaration(
        "vote_positions", Fields(required: ["_id": .count, "position": .string, "updatedAt": .date]))

    /// Groups that look like collusion: who, which edges, how many, why. Found anew, a group is the same document.
    package static let rings = CollectionDeclaration(
        "vote_rings",
        Fields(
            required: [
                "_id": .objectID, "kind": .oneOf(CollusionFinding.Kind.self), "members": .array(.objectID),
                "targets": .array(.objectID), "edges": .array(.object), "edgesInAll": .count, "insideVotes": .count,
                "castVotes": .count, "insideShare": .number(0...1), "expectedShare": .number(0...1),
                "shared": .array(.object), "explanation": .string, "flaggedVotes": .count, "firstSeenAt": .date,
                "lastSeenAt": .date,
            ]),
        indexes: [IndexDeclaration(["firstSeenAt": -1, "_id": -1]), IndexDeclaration(["members": 1])])

    /// Runs of scheduled work: `_id` = name and instant, so that one worker runs each. They go after thirty days.
    package static let firings = CollectionDeclaration(
        "vote_firings",
        Fields(
            required: [
                "_id": .string, "name": .string, "at": .date, "state": .oneOf(["running", "done"]),
                "leaseUntil": .date, "token": .string, "attempt": .count,
            ],
            optional: ["finishedAt": .date, "figures": .object]),
        indexes: [IndexDeclaration(["at": 1], expireAfter: .days(30))])

    package static let all = [votes, evidence, authorTotals, postTotals, voters, positions, rings, firings]
}

/// Whether a pair counts.
package enum VoteState: String, CaseIterable, Sendable {
    /// In E, and displayed unless withdrawn.
    case counted
    /// Waits for review.
    case flagged
    /// Reviewed: it never counts.
    case upheld
    /// Its voter is banned or shadow-banned.
    case reversed
    /// Only what came after the vote is known, a withdrawal or a repeat; the vote itself is on its way, or a dead letter.
    case awaited
}

/// Whether a voter's votes count.
package enum VoterStanding: String, CaseIterable, Sendable {
    case good, shadow, banned
}
