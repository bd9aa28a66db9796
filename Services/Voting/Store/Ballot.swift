import Domain
import Events
import Records
import Telemetry

/// A vote on its way to Redis. A class, so that whoever hands it on keeps one reference.
final class Ballot: Sendable {
    let vote: VoteCast
    /// Votes allowed on the UTC day of `castAt`.
    let cap: Int
    /// The pair as MongoDB has it, for posts whose pairs may have left Redis.
    let stored: VoteMark?
    let castAt: Instant
    let traceparent: String?
    /// Votes of one partition and one day may share a call.
    let group: Int

    init(
        _ vote: VoteCast, cap: Int, stored: VoteMark? = nil, at now: Instant, trace: TraceContext? = .current
    ) {
        self.vote = vote
        self.cap = cap
        self.stored = stored
        castAt = now
        traceparent = trace?.traceparent
        group = Int(VoteTally.day(of: now)) * Partition.count + Partition(of: vote.voterID).number
    }

    /// Whether the pair is kept elsewhere than with what is used of the day: one call then, and for this vote only.
    var isAlone: Bool { stored != nil || VoteMark.stretch(of: vote.postID) != VoteMark.stretch(at: castAt) }
}
