import Domain
import Events
import Records

@testable import VotingService

/// One run: what people, moderators, workers and crashes do is drawn from a seed; then everything comes to rest, and the
/// stores must agree with the model.
struct Simulation {
    let world: World
    private let actors: [any Actor]
    private static let steps = 260

    init(seed: UInt64, fault: World.Fault? = nil, keepsTrace: Bool = false) {
        world = World(seed: seed, fault: fault, keepsTrace: keepsTrace)
        actors =
            (1...3).map { PersistActor(name: "persist \($0)") } + (1...2).map { JudgeActor(name: "judge \($0)") }
            + (1...3).map { SettleActor(name: "settle \($0)") } + (1...2).map { SpendActor(name: "spend \($0)") }
    }

    /// - Throws: `Broken`, with what is otherwise than it must be.
    func run() throws {
        for _ in 0..<Self.steps { try step() }
        try rest()
        try Verdict(world).check()
        try banAndLift()
    }

    private func step() throws {
        switch Int.random(in: 0..<100, using: &world.numbers) {
        case 0..<24: try Client().act(world)
        case 24..<27: decide()
        case 27..<29: review()
        case 29..<34: spend()
        case 34..<37:
            // Clocks step by up to an hour, either way; days pass.
            let seconds = world.chance(30) ? 86_400 : Int.random(in: -3_600...3_600, using: &world.numbers)
            world.now = world.now + .seconds(seconds)
            world.note("the clock steps by \(seconds) s")
        case 37..<43:
            guard let actor = world.pick(actors.filter { !$0.isIdle }) else { return }
            actor.crash()
            world.note("\(actor.name) is killed")
        default:
            guard let actor = world.pick(actors) else { return }
            try advance(actor)
        }
        world.now = world.now + .milliseconds(Int.random(in: 0...900, using: &world.numbers))
    }

    @discardableResult
    private func advance(_ actor: any Actor) throws -> Bool {
        guard let done = try actor.step(world) else { return false }
        world.note("\(actor.name): \(done)")
        return true
    }

    // MARK: What others decide

    private func decide() {
        guard let voter = world.pick(world.voters) else { return }
        let standing: VoterStanding =
            world.model.standing(of: voter) == .good ? (world.chance(50) ? .banned : .shadow) : .good
        decide(standing, of: voter)
    }

    private func decide(_ standing: VoterStanding, of voter: UserID) {
        let decision = StandingPursuit.Decision(standing: standing, version: world.nextVersion)
        world.nextVersion += 1
        world.model.decide(decision, of: voter)
        world.decided.append(World.Decided(voter: voter, decision: decision))
        world.note("\(voter) is \(standing), version \(decision.version)")
    }

    /// A moderator reviews a vote that waits for it.
    private func review() {
        let flagged = world.database.pairs.values.filter { $0.state == .flagged }.sorted { $0.id < $1.id }
        guard let record = world.pick(flagged) else { return }
        let pair = Model.Pair(post: record.postID, voter: record.voterID)
        let isCleared = world.chance(70)
        guard world.model.review(pair, isCleared: isCleared) else { return }
        world.reviewed.append(pair)
        world.note("\(pair) is \(isCleared ? "cleared" : "upheld")")
    }

    private func spend() {
        guard let user = world.pick(world.authors) else { return }
        let number = Int.random(in: 0..<6, using: &world.numbers)
        let kinds: [SpendActor.Request.Kind] = [.purchase(price: 1), .purchase(price: 2), .hold(1), .capture, .void]
        guard let kind = world.pick(kinds) else { return }
        world.requests.append(SpendActor.Request(user: user, number: number, kind: kind))
    }

    // MARK: Rest

    /// Nobody does anything new, nobody dies: all that is on its way arrives, and the days pass that deferred gems wait
    /// for.
    private func rest() throws {
        for actor in actors { try finish(actor) }
        for _ in 0..<400 {
            for actor in actors where !(actor is SettleActor) && !pendingWork.isEmpty { try finish(actor) }
            if pendingWork.isEmpty { break }
        }
        for _ in 0..<60 {
            for _ in 0..<12 where !isSettled { for actor in actors where actor is SettleActor { try finish(actor) } }
            if isAtRest { return }
            world.now = world.now.nextUTCDay
        }
        throw Broken("no rest: \(pendingWork)")
    }

    /// Lets an actor get to the end of what it is at, or of what it finds.
    private func finish(_ actor: any Actor) throws {
        guard try advance(actor) else { return }
        while !actor.isIdle { try advance(actor) }
    }

    private var isSettled: Bool { world.ledger.deferred.isEmpty && Verdict(world).isSettled }

    private var isAtRest: Bool {
        pendingWork.isEmpty && isSettled && actors.allSatisfy(\.isIdle)
    }

    private var pendingWork: String {
        var work: [String] = []
        for partition in world.partitions {
            let waiting = world.redis.stream(Topic.votes.stream(partition).text) {
                $0.pending.count + ($0.hasNew ? 1 : 0)
            }
            if waiting > 0 { work.append("\(waiting) entries of \(partition.tag)") }
        }
        if !world.decided.isEmpty { work.append("\(world.decided.count) decisions") }
        if !world.reviewed.isEmpty { work.append("\(world.reviewed.count) reviews") }
        if !world.requests.isEmpty { work.append("\(world.requests.count) requests") }
        return work.joined(separator: ", ")
    }

    /// Banning everybody takes back everything, and lifting it gives everything back.
    private func banAndLift() throws {
        for voter in world.voters where world.model.standing(of: voter) != .good { decide(.good, of: voter) }
        try rest()
        let before = world.authors.map { world.database.accepted(of: $0) }
        for voter in world.voters { decide(.banned, of: voter) }
        try rest()
        guard world.authors.allSatisfy({ world.database.accepted(of: $0) == 0 }) else {
            throw Broken("votes of banned people count")
        }
        try Verdict(world).check()
        for voter in world.voters { decide(.good, of: voter) }
        try rest()
        guard world.authors.map({ world.database.accepted(of: $0) }) == before else {
            throw Broken("lifting a ban gave back something else than it took")
        }
        try Verdict(world).check()
    }
}
