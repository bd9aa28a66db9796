import Telemetry

enum VotingMetrics {
    static let votes = Metrics.shared.counter(
        "circle_votes_total", help: "Votes by what became of them at once.", labels: ["outcome"])
    /// The usual outcome: its cell is kept, since a look-up by label costs more than counting.
    static let newVotes = votes.with("new")
    static let persisted = Metrics.shared.counter(
        "circle_votes_persisted_total", help: "Votes and withdrawals applied to the permanent record.")
    static let flagged = Metrics.shared.counter("circle_votes_flagged_total", help: "Votes that wait for review.")
    static let reversed = Metrics.shared.counter(
        "circle_votes_reversed_total", help: "Pairs taken back or given back with their voter's standing.",
        labels: ["direction"])
    static let reviewed = Metrics.shared.counter(
        "circle_votes_reviewed_total", help: "Flagged votes that followed a moderator's decision.", labels: ["verdict"])
    static let rings = Metrics.shared.counter(
        "circle_vote_rings_found_total", help: "Groups that looked like collusion, each time they were found.",
        labels: ["kind"])
    static let rebuilds = Metrics.shared.counter(
        "circle_votes_rebuilds_total", help: "Voters' partitions put together anew from MongoDB.")
}
