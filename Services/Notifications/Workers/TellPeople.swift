import BSON
import Domain
import Events
import JSON
import Ledger
import MongoClient
import ObjectStore
import Records

/// Turns events into notifications and realtime frames.
///
/// A notification that is there already is not told again; frames may come twice, as everything realtime may.
struct TellPeople: Sendable {
    let notifications: MongoNotifications
    let mailboxes: Mailboxes
    let accounts: GemAccounts
    let generations: Lookup<GenerationRecord>
    let posts: PostLookup
    let database: MongoDatabase
    let signPicture: @Sendable (String) -> String

    func tell(_ notice: Notice?) async throws {
        guard let notice, let kept = try await notifications.keep(notice) else { return }
        try await mailboxes.post("notification", kept, to: notice.recipient)
    }

    func balance(of user: UserID) async throws {
        try await mailboxes.post("gems.balance", try await accounts.balance(of: user), to: user)
    }

    /// The generation as it is now, which may be further on than the event.
    func generation(_ id: GenerationID, of user: UserID) async throws {
        guard let job = try await generations.byID(.id(id)) else { return }
        try await mailboxes.post("generation", GenerationView(job, sign: signPicture), to: user)
    }

    func votes(_ event: VoteTotalsChanged) async throws {
        let totals = try await PostVoteTotals.of(event.postID, in: database)
        try await mailboxes.announce(totals.displayed, of: event.postID)
        guard totals.displayed > 0, let post = try await posts.byID(event.postID), !post.isDeleted else { return }
        try await tell(
            Notice(
                votesOn: post.id, of: post.userID, prompt: post.prompt, imageUrl: post.thumbnailUrl,
                count: totals.displayed, version: totals.version, at: event.at))
    }
}
