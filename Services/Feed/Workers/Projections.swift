import BSON
import Domain
import Events
import MongoClient
import Records
import Telemetry

/// Keeps in a post what others say of it: the verdict of moderation, totals of votes and views, the author's name.
///
/// Every effect is idempotent and may come late: totals are set by version, never incremented.
struct Projections: Sendable {
    let posts: MongoPosts
    let ranking: RankPosts

    func approve(_ event: ContentApproved) async throws {
        let change = PostChange.moderated(.approved, nsfw: event.isNSFW, by: event.decidedBy, note: event.notes)
        _ = try await posts.change(event.postID, change)
    }

    func reject(_ event: ContentRejected) async throws {
        let change = PostChange.moderated(.rejected, nsfw: nil, by: event.decidedBy, note: event.reason)
        _ = try await posts.change(event.postID, change)
    }

    func flag(_ event: ContentFlagged) async throws {
        let note = event.reasons.joined(separator: ", ")
        _ = try await posts.change(event.postID, .moderated(.flagged, nsfw: nil, by: "auto", note: note))
    }

    /// One row a voters' partition; what is shown is their sum.
    ///
    /// - Parameter events: of one post, as many as have come.
    func setVotes(_ events: [VoteTotalsChanged]) async throws {
        guard let post = events.first?.postID else { return }
        let newest = Dictionary(events.map { ($0.partition, $0) }) { $0.version < $1.version ? $1 : $0 }
        let rows = newest.values.sorted { $0.partition < $1.partition }.map { event -> (String, BSONValue) in
            let row = "voteTotals.p\(event.partition)"
            let told: BSONValue = ["t": .int64(event.displayed), "v": .int64(event.version)]
            let isNewer: BSONValue = ["$gte": [.string("$\(row).v"), .int64(event.version)]]
            return (row, ["$cond": [isNewer, .string("$\(row)"), told]])
        }
        let sum: BSONValue = ["$map": ["input": ["$objectToArray": "$voteTotals"], "in": "$$this.v.t"]]
        let updated = try await posts.posts.findAndModify(
            ["_id": .id(post)],
            update: .pipeline([
                ["$set": .document(BSONDocument(elements: rows))], ["$set": ["voteCount": ["$sum": sum]]],
            ]))
        if let updated { try await ranking.rank([try PostRecord(updated)]) }
    }

    func setViews(_ event: PostViewsChanged) async throws {
        let updated = try await posts.posts.findAndModify(
            ["_id": .id(event.postID), "versions.views": ["$not": ["$gte": .int64(event.version)]]],
            update: [
                "$set": [
                    "viewCount": .int64(event.views), "uniqueViewers": .int64(event.uniqueViewers),
                    "versions.views": .int64(event.version),
                ]
            ])
        if let updated { try await ranking.rank([try PostRecord(updated)]) }
    }

    /// Writes an author's new name into their posts.
    func rename(_ event: UserUpdated) async throws {
        let author = AuthorSnapshot(
            username: event.person.username, displayName: event.person.displayName, avatarUrl: event.person.avatarUrl,
            tier: event.person.tier)
        _ = try await posts.posts.update(
            [
                "userId": .id(event.userID), "author": ["$ne": .document(author.document)],
                "versions.author": ["$not": ["$gte": .int64(event.version)]],
            ],
            ["$set": ["author": .document(author.document), "versions.author": .int64(event.version)]], many: true)
    }
}
