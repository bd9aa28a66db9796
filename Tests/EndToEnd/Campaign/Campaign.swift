internal import JSON
internal import LocalStackSupervisor
internal import Synchronization

/// Thousands of votes through the gateway while processes of the stack are killed; then the books are compared.
struct Campaign {
    let plan: CampaignPlan
    let stage: Stage
    let database: StackDatabase

    init(_ plan: CampaignPlan, on stage: Stage) throws {
        self.plan = plan
        self.stage = stage
        database = try StackDatabase(stage)
    }

    /// Who takes part, and what they vote for.
    struct Cast: Sendable {
        var authors: [Person] = []
        var voters: [Person] = []
        var posts: [String] = []
        /// Nobody has a vote left for it.
        var spare = ""
        var registeredAt = 0.0
    }

    func run() throws {
        let started = Clock.monotonic
        StackCommand.say(
            "  seed \(plan.seed): \(plan.votes) votes of \(plan.voters) people on \(plan.posts) posts, \(plan.kills) kills"
        )
        let cast = try assemble()
        let votingSince = Clock.monotonic
        StackCommand.say("  \(plan.voters + plan.authors) people registered in \(seconds(since: started))")
        let accounts = try play(cast)
        let votingTook = Clock.monotonic - votingSince
        StackCommand.say(
            "  \(plan.votes) votes acknowledged in \(Int(votingTook)) s, \(Int(Double(plan.votes) / votingTook)) a second;"
                + " \(accounts.map(\.lostAnswers).reduce(0, +)) answers were lost on the way")
        try CampaignVerdict(plan: plan, stage: stage, database: database, cast: cast, accounts: accounts).check()
        StackCommand.say("  the campaign took \(seconds(since: started))")
    }

    private func assemble() throws -> Cast {
        var cast = Cast()
        cast.registeredAt = Clock.monotonic
        cast.authors = try register("patron", plan.authors, group: 0)
        cast.voters = try register("elector", plan.voters, group: 1)
        for number in 0...plan.posts {
            let author = cast.authors[number / CampaignPlan.postsPerAuthor % plan.authors]
            cast.posts.append(try database.publish(by: author))
        }
        cast.spare = cast.posts.removeLast()
        return cast
    }

    private func register(_ name: String, _ count: Int, group: Int) throws -> [Person] {
        let people = (0..<count).map { number in
            stage.newcomer("\(name)_\(number)", address: "172.\(16 + group).\(number / 250).\(number % 250 + 1)")
        }
        try Parallel.map(people, width: 8) { person in
            try person.register()
            person.disconnect()
        }
        return people
    }

    private func play(_ cast: Cast) throws -> [CampaignVoter.Account] {
        let votes = Atomic(0)
        let over = Atomic(false)
        let killed = Mutex<[String: Int]>([:])
        let killer = Killer(stage: stage, schedule: plan.schedule(of: try stage.plan().processes.map(\.name)))
        let accounts = Mutex<[CampaignVoter.Account]>([])
        try Parallel.map([0, 1, 2], width: 3) { role in
            switch role {
            case 0:
                defer { over.store(true, ordering: .relaxed) }
                let made = try vote(cast) { votes.add(1, ordering: .relaxed) }
                accounts.withLock { $0 = made }
            case 1:
                killer.run(votes: { votes.load(ordering: .relaxed) }, isOver: { over.load(ordering: .relaxed) }) {
                    kill in
                    killed.withLock { $0[kill.name, default: 0] += 1 }
                }
            default:
                report({ votes.load(ordering: .relaxed) }, killed, isOver: { over.load(ordering: .relaxed) })
            }
        }
        let victims = killed.withLock { $0 }
        StackCommand.say(
            "  killed: \(victims.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
        try requireEqual(victims.values.reduce(0, +), plan.kills, "processes killed")
        return accounts.withLock { $0 }
    }

    private func vote(_ cast: Cast, _ acknowledged: @escaping @Sendable () -> Void) throws -> [CampaignVoter.Account] {
        try Parallel.map(Array(cast.voters.enumerated()), width: 64) { number, person in
            try CampaignVoter(
                person: person, posts: cast.posts, signedInAt: cast.registeredAt, acknowledged: acknowledged
            ).play(plan.steps(ofVoter: number))
        }
    }

    private func report(_ votes: () -> Int, _ killed: borrowing Mutex<[String: Int]>, isOver: () -> Bool) {
        var last = (at: Clock.monotonic, votes: 0)
        while !isOver() {
            Clock.pause(seconds: 0.2)
            guard Clock.monotonic - last.at > 10 else { continue }
            let now = (at: Clock.monotonic, votes: votes())
            let rate = Int(Double(now.votes - last.votes) / (now.at - last.at))
            let kills = killed.withLock { $0.values.reduce(0, +) }
            StackCommand.say("  \(now.votes) of \(plan.votes) votes, \(rate) a second, \(kills) of \(plan.kills) kills")
            last = now
        }
    }

    private func seconds(since start: Double) -> String { "\(Int(Clock.monotonic - start)) s" }
}
