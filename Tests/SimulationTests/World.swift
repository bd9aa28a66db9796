import BSON
import Domain
import Events
import Records

@testable import RedisClient
@testable import VotingService

/// Everything that a run is made of: the stores, the clock, what is on its way, and the model beside it.
final class World {
    /// Rules of production that a run can do without, to see that it is noticed.
    enum Fault: String, CaseIterable, Sendable {
        /// A pair takes any stream id, also an older one.
        case forgetsVersions
        /// An entry is acknowledged before its batch is committed.
        case acknowledgesFirst
        /// Batches do not collide.
        case ignoresConflicts
        /// E is read before the ledger's head.
        case readsVotesFirst
        /// The day of an entry is the clock's, also where that is before the newest entry.
        case trustsClocks
        /// An entry has the time at which it is inserted, not the one that it was decided by.
        case datesEntriesLate
        /// Two entries may have one key.
        case allowsSecondKey
        /// A decision on a voter is followed in any order.
        case followsOldDecisions
        /// What a worker moved before it ended is not set in Redis by the next one.
        case showsNothingAgain
    }

    struct Decided {
        let voter: UserID
        let decision: StandingPursuit.Decision
    }

    let seed: UInt64
    let fault: Fault?
    var numbers: SeededNumbers
    /// Shortly before midnight, which steps of the clock then cross in both directions.
    var now = Instant(milliseconds: 1_795_046_400_000) - .minutes(20)
    let redis = MemoryRedis()
    let scripts: ScriptEngine
    let database = MemoryDatabase()
    let ledger = MemoryLedger()
    let budget = MemoryBudget()
    var model = Model()
    let economy: EconomyConfiguration
    /// What Redis shows: rows of posts, and authors' shares in the board of all time, each with its version.
    var rows: [PostID: [Int: PostCard.Row]] = [:]
    var shares: [UserID: [Int: (share: Int64, version: Int64)]] = [:]
    /// Events that are not acknowledged; they come in any order, and again after a crash.
    var decided: [Decided] = []
    var reviewed: [Model.Pair] = []
    var requests: [SpendActor.Request] = []
    var nextVersion: Int64 = 1
    /// The least and the most that each partition contributed to E since an author's newest entry.
    private var witnessed: [UserID: [ClosedRange<Int64>]] = [:]

    let authors: [UserID]
    let voters: [UserID]
    let posts: [PostID]
    private(set) var trace = Trace()

    init(seed: UInt64, fault: Fault? = nil, keepsTrace: Bool = false) {
        self.seed = seed
        self.fault = fault
        numbers = SeededNumbers(state: seed)
        scripts = ScriptEngine(redis)
        var economy = EconomyConfiguration()
        // Small numbers, so that a short run meets caps, gems and their taking back.
        economy.votesPerGem = 2
        economy.votesPerDay.free = 3
        economy.dailyEmissionPerPerson = 3
        economy.dailyEmissionInAll = 4
        self.economy = economy
        authors = (1...2).map { UserID(ObjectID(high: 1, low: UInt32($0))) }
        voters = Self.voters
        posts = (1...5).map { PostID(ObjectID(high: UInt64(1_795_000_000) << 32, low: UInt32($0))) }
        trace.isKept = keepsTrace
        for author in authors { witnessed[author] = [0...0, 0...0] }
    }

    /// Six people in two partitions: batches of one partition meet, and an author has votes from both.
    private static let voters: [UserID] = (1...200).map { UserID(ObjectID(high: 2, low: UInt32($0))) }
        .filter { Partition(of: $0).number < 2 }.prefix(6).map { $0 }

    var partitions: [Partition] { [Partition(number: 0), Partition(number: 1)] }

    func author(of post: PostID) -> UserID { authors[(posts.firstIndex(of: post) ?? 0) % authors.count] }
    func posts(of author: UserID) -> [PostID] { posts.filter { self.author(of: $0) == author } }

    /// Whether a vote's evidence speaks against it: the same whenever it is scored.
    func isSuspicious(_ pair: Model.Pair) -> Bool {
        var draw = SeededNumbers(state: seed &+ UInt64(pair.post.objectID.bytes[11]) &* 31)
        draw = SeededNumbers(state: draw.next() &+ UInt64(pair.voter.objectID.bytes[11]))
        return draw.next() % 8 == 0
    }

    /// To be called after each commit that may have changed an author's totals.
    func witness(_ changed: Set<UserID>) {
        for author in changed {
            guard let seen = witnessed[author] else { continue }
            let now = partitions.map { database.accepted(of: author, in: $0) }
            witnessed[author] = zip(seen, now).map { min($0.lowerBound, $1)...max($0.upperBound, $1) }
        }
    }

    /// To be called after each entry: what was so before is no reason for the next one.
    func entered(_ author: UserID) {
        witnessed[author] = partitions.map { partition in
            let now = database.accepted(of: author, in: partition)
            return now...now
        }
    }

    /// Whether the votes since the newest entry can have been a reason to pay a gem, or to take it back. Rows are read one
    /// after the other, so each may be of another moment.
    func isJustified(gem: Int64, paying: Bool, of author: UserID) -> Bool {
        guard let seen = witnessed[author] else { return true }
        let needed = gem * economy.votesPerGem
        return paying
            ? seen.reduce(0) { $0 + $1.upperBound } >= needed : seen.reduce(0) { $0 + $1.lowerBound } < needed
    }

    func note(_ step: @autoclosure () -> String) { trace.note(step()) }

    func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &numbers) }
    func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &numbers) < percent }
}

/// What happened, as one number, and line by line where a seed is replayed.
struct Trace {
    private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    private(set) var lines: [String] = []
    var isKept = false

    mutating func note(_ line: String) {
        for byte in line.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        if isKept { lines.append(line) }
    }
}

/// Draws the same numbers for the same seed, on every machine (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// What a run found to be otherwise than it must be.
struct Broken: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A process, seen as the steps between which it can die.
protocol Actor: AnyObject {
    var name: String { get }
    var isIdle: Bool { get }
    /// Does the next thing; an idle one looks for work.
    ///
    /// - Returns: what was done, nil where there is nothing to do.
    func step(_ world: World) throws -> String?
    /// Forgets everything that is not in a store.
    func crash()
}
