import BSON
import Domain
import Events
import Records
import RedisClient

/// One vote or withdrawal of the votes stream, read. A class, since a batch goes through several hands and its entries with
/// it.
final class VoteEntry: Sendable {
    enum Content: Sendable {
        case cast(VoteCast)
        case withdrawn(VoteWithdrawn)
    }

    let content: Content
    let at: Instant
    /// Where the entry stood when it was written, also when it is handed out again from the dead letters. Votes that came
    /// in one call share it; of a pair there is one at most among them.
    let position: RedisStreamID
    /// Votes of this person in the minute before, this one included.
    let pace: Int
    /// The `_id` of the pair: a digest, and so made once.
    let pair: ObjectID
    let postID: PostID
    let voterID: UserID
    let authorID: UserID

    private init(_ vote: VoteCast, at: Instant, _ position: RedisStreamID, pace: Int) {
        content = .cast(vote)
        (postID, voterID, authorID) = (vote.postID, vote.voterID, vote.authorID)
        (self.at, self.position, self.pace) = (at, position, pace)
        pair = VoteRecord.id(postID, voterID)
    }

    private init(_ event: EventEnvelope<VoteWithdrawn>) {
        content = .withdrawn(event.payload)
        (postID, voterID, authorID) = (event.payload.postID, event.payload.voterID, event.payload.authorID)
        (at, position, pace) = (event.occurredAt, event.position, 1)
        pair = VoteRecord.id(postID, voterID)
    }

    // MARK: Reading

    /// How many votes a call may have put into one entry, at most.
    static let mostOfAnEntry = 16
    private static let tallyLength = 8

    /// What an entry says; nothing for a type that is none of voting's business.
    ///
    /// - Returns: what could be read, also where something could not, and why that could not.
    static func read(_ delivery: StreamDelivery) -> (entries: [VoteEntry], rejection: String?) {
        do {
            if delivery.isOf(type: "VoteCast") {
                guard let votes = delivery.entry.slice("votes") else { return ([try single(delivery)], nil) }
                return try several(votes, delivery)
            }
            guard delivery.isOf(type: "VoteWithdrawn") else { return ([], nil) }
            return ([VoteEntry(try EventEnvelope<VoteWithdrawn>(delivery))], nil)
        } catch {
            return ([], error.reason)
        }
    }

    /// How many votes an entry holds, at a glance.
    static func count(in entry: RedisStreamEntry) -> Int {
        max(1, (entry.slice("tallies")?.count ?? 0) / tallyLength)
    }

    /// Votes of one call: `votes`, cards of one length; `tallies`, one for each; `kinds`, where not all are new.
    private static func several(
        _ votes: ArraySlice<UInt8>, _ delivery: StreamDelivery
    ) throws(EventRejected) -> (entries: [VoteEntry], rejection: String?) {
        let tallies = delivery.entry.slice("tallies") ?? []
        let kinds = delivery.entry.slice("kinds")
        let count = tallies.count / tallyLength
        guard count > 0, tallies.count.isMultiple(of: tallyLength), votes.count.isMultiple(of: count),
            kinds == nil || kinds?.count == count
        else { throw EventRejected("votes and tallies are not of one length") }
        let length = votes.count / count
        var entries: [VoteEntry] = []
        entries.reserveCapacity(count)
        var rejection: String?
        for place in 0..<count {
            let start = (votes.startIndex + place * length, tallies.startIndex + place * tallyLength)
            let kind = kinds.map { $0[$0.startIndex + place] } ?? UInt8(ascii: "n")
            guard let tally = VoteTally(tallies[start.1..<(start.1 + tallyLength)]),
                kind == UInt8(ascii: "n") || kind == UInt8(ascii: "a"),
                let card = VoteCard(votes[start.0..<(start.0 + length)], isRepeat: kind == UInt8(ascii: "a"))
            else {
                rejection = "vote \(place + 1) of \(count) cannot be read"
                continue
            }
            entries.append(VoteEntry(card.vote, at: card.castAt, delivery.position, pace: tally.pace))
        }
        return (entries, rejection)
    }

    /// An entry of a build that wrote one for each vote.
    private static func single(_ delivery: StreamDelivery) throws(EventRejected) -> VoteEntry {
        let event = try EventEnvelope<VoteCast>(delivery)
        let pace =
            delivery.entry.slice("tally").flatMap(VoteTally.init)?.pace
            ?? delivery.entry.integer("pace").map { Int($0) } ?? 1
        return VoteEntry(event.payload, at: event.occurredAt, event.position, pace: pace)
    }
}
