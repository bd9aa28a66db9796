import HTTPServer
package import ServiceKit

/// Votes: cast once, counted exactly, taken back and given back with their voter's standing.
package enum VotingService {
    package static let definition = ServiceDefinition(
        name: "voting", summary: "Votes, what they add up to, and leaderboards.",
        variables: [.evidenceHashSecret, .ringsEveryMinutes, .votesPerTransaction],
        routes: { context in
            let parts = VotingParts(context)
            return VoteRoutes(cast: parts.cast, withdraw: parts.withdraw).routes
                + LeaderboardRoutes(read: parts.leaderboard).routes
        },
        workers: [
            .init("persist", "Writes votes into the permanent record, and rebuilds what Redis has lost.") { context in
                VotingParts(context).persisting
            },
            .init("projections", "Follows posts, blocks, bans and reviews.") { context in
                VotingParts(context).projecting
            },
            .init("rings", "Looks for groups that collude, at every firing once.") { context in
                VotingParts(context).ringSchedule(everyMinutes: context.configuration.integer(.ringsEveryMinutes))
            },
            .init("outbox", "Publishes totals that an interrupted process has left.") { context in
                VotingParts(context).relaying
            },
        ],
        commands: [
            .init("rebuild", "Puts everything that voting keeps in Redis together anew.") { context, arguments in
                guard arguments.isEmpty else { throw UsageError("rebuild takes no arguments") }
                try await RebuildEverything(VotingParts(context)).run()
                return 0
            },
            .init("rekey", "Gives votes of earlier builds the ids they have now; with worker:persist stopped.") {
                context, arguments in
                guard arguments.isEmpty else { throw UsageError("rekey takes no arguments") }
                try await RekeyVotes(context.mongo).run()
                return 0
            },
        ])
}

extension Variable {
    static let evidenceHashSecret = Variable(
        "EVIDENCE_HASH_SECRET", .secret(minimum: 32),
        "Key of the hashes under which addresses and devices of voters are stored. Changing it forgets who shared which."
    )
    static let ringsEveryMinutes = Variable(
        "RINGS_EVERY_MINUTES", .integer(1...1440), default: "60",
        "How often votes are looked through for groups that collude.")
    static let votesPerTransaction = Variable(
        "VOTES_PER_TRANSACTION", .integer(20...5000), default: "2000",
        "Votes that worker:persist writes in one transaction, with two to three documents each; fewer cost more a vote."
    )
}
