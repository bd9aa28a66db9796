package import MongoClient
import Domain

/// The collections that voting alone writes. Pairs are permanent and compact; only evidence expires.
package enum VoteCollections {
    /// One document a (post, voter) pair, for ever, its `_id` derived from the pair; `version` is the stream id of the newest change applied.
    package static let votes = CollectionDeclaration(
        "votes",
        Fields(
            required: [
                "_id": .objectID, "postId": .objectID, "voterId": .objectID, "authorId": .objectID,
                "state": .oneOf(["counted", "flagged", "reversed"]), "withdrawn": .bool, "version": .string,
                "createdAt": .date, "updatedAt": .date,
            ],
            optional: ["category": .string, "fraudScore": .number(0...1), "reversalId": .string]),
        indexes: [
            IndexDeclaration(["postId": 1, "voterId": 1], unique: true),
            IndexDeclaration(["voterId": 1, "createdAt": -1]),
            IndexDeclaration(["authorId": 1, "createdAt": -1]),
            IndexDeclaration(["state": 1, "createdAt": -1]),
        ],
        shardKey: ["postId"])

    /// Why a vote was scored as it was: keyed hashes, signals; gone after 90 days.
    package static let evidence = CollectionDeclaration(
        "vote_evidence",
        Fields(
            required: [
                "_id": .objectID, "postId": .objectID, "voterId": .objectID, "authorId": .objectID, "createdAt": .date,
                "fraudScore": .number(0...1), "flagged": .bool,
            ],
            optional: [
                "ipHash": .string, "deviceHash": .string, "sessionId": .objectID, "reasons": .array(.object),
                "signals": .object,
                "reviewedAt": .date, "reviewedBy": .string, "verdict": .string,
            ]),
        indexes: [
            IndexDeclaration(["flagged": 1, "createdAt": -1]),
            IndexDeclaration(["ipHash": 1, "createdAt": -1], sparse: true),
            IndexDeclaration(["deviceHash": 1, "createdAt": -1], sparse: true),
            IndexDeclaration(["createdAt": 1], expireAfter: .days(90)),
        ])

    /// E and what is displayed, per author and voters' partition, so that partitions never write the same document.
    package static let authorTotals = CollectionDeclaration(
        "vote_totals_by_author",
        Fields(
            required: [
                "_id": .object, "accepted": .int64, "displayed": .int64, "version": .int64, "updatedAt": .date,
            ],
            optional: ["lastAcceptedAt": .date, "outbox": .outbox]),
        indexes: [
            IndexDeclaration(["_id.author": 1]),
            IndexDeclaration(["updatedAt": 1]),
            IndexDeclaration(["outbox.id": 1], sparse: true),
        ])

    package static let postTotals = CollectionDeclaration(
        "vote_totals_by_post",
        Fields(
            required: [
                "_id": .object, "authorId": .objectID, "displayed": .int64, "version": .int64, "updatedAt": .date,
            ],
            optional: ["accepted": .int64, "category": .string, "outbox": .outbox]),
        indexes: [
            IndexDeclaration(["_id.post": 1]),
            IndexDeclaration(["updatedAt": 1]),
            IndexDeclaration(["outbox.id": 1], sparse: true),
        ])

    /// What voting knows of a voter: standing, and the newest stream id persisted.
    package static let voters = CollectionDeclaration(
        "voters",
        Fields(
            required: ["_id": .objectID, "updatedAt": .date],
            optional: [
                "standing": .oneOf(["good", "shadow", "banned"]), "standingVersion": .string, "version": .string,
                "days": .object, "trustScore": .integer(0...100), "reversalCursor": .objectID, "reversalState": .string,
                "outbox": .outbox,
            ]),
        indexes: [
            IndexDeclaration(["reversalState": 1], sparse: true), IndexDeclaration(["outbox.id": 1], sparse: true),
        ])

    package static let all = [votes, evidence, authorTotals, postTotals, voters]
}
