import Domain
import Testing

@testable import Ledger

/// Settlement as workers do it, in memory and step by step, with crashes and every interleaving that a seed gives.
struct BookSimulationTests {
    /// Draws the same numbers for the same seed, on every machine.
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

    /// One author's books with the two unique keys that the database keeps.
    struct Books {
        let author = UserID(.init(high: 7, low: 7))
        var entries: [LedgerEntry] = []

        var head: LedgerHead { entries.last?.head ?? LedgerHead() }

        mutating func insert(_ entry: LedgerEntry) -> Bool {
            guard entry.seq == head.seq + 1, !entries.contains(where: { $0.key == entry.key }) else { return false }
            entries.append(entry)
            return true
        }
    }

    /// A worker between two steps: what it has read so far.
    enum Worker {
        case idle
        case hasHead(LedgerHead)
        case hasVotes(LedgerHead, Int64)
    }

    private static let rules = VoteGems(votesPerGem: 10)

    private static func posting(after head: LedgerHead, votes: Int64, in books: Books) -> Posting? {
        let step = { (gem: Int64) in Int64(books.entries.count { $0.voteGem == gem && $0.head.seq <= head.seq }) }
        return rules.next(atVotes: votes, paid: head.paidGems, nextStep: step).map { entry in
            Posting(
                entry.pays
                    ? .payVoteGem(entry.gem, multiplier: 1) : .takeBackVoteGem(entry.gem, multiplier: 1),
                source: entry.pays ? .votes : .reversal, account: .mint, key: entry.idempotencyKey)
        }
    }

    private static func step(_ worker: Worker, votes: Int64, _ books: inout Books, _ now: Instant) throws -> Worker {
        switch worker {
        case .idle: return .hasHead(books.head)
        case .hasHead(let head): return .hasVotes(head, votes)
        case .hasVotes(let head, let seen):
            if let posting = posting(after: head, votes: seen, in: books) {
                _ = books.insert(try LedgerEntry(posting, of: books.author, after: head, at: now))
            }
            return .idle
        }
    }

    private static func run(seed: UInt64) throws -> Books {
        var numbers = SeededNumbers(state: seed)
        var books = Books()
        var votes: Int64 = 0
        var workers = [Worker](repeating: .idle, count: 4)
        var now = Instant(milliseconds: 1_790_000_000_000)
        for number in 0..<120 {
            switch Int.random(in: 0..<20, using: &numbers) {
            case 0...1: votes = max(0, votes + Int64.random(in: -25...30, using: &numbers))
            case 2: workers[Int.random(in: 0..<4, using: &numbers)] = .idle  // a crash forgets what was read
            case 3: now = now + .seconds(Int.random(in: -3600...3600, using: &numbers))
            case 4 where books.head.balance > 0:
                let posting = Posting(.spend(1), source: .cosmetic, account: .burn, key: "buy:\(number)")
                _ = books.insert(try LedgerEntry(posting, of: books.author, after: books.head, at: now))
            default:
                let index = Int.random(in: 0..<4, using: &numbers)
                workers[index] = try step(workers[index], votes: votes, &books, now)
            }
        }
        // Left alone, the workers come to rest where the books agree with the votes.
        for index in 0..<4 { workers[index] = .idle }
        while let posting = posting(after: books.head, votes: votes, in: books) {
            _ = books.insert(try LedgerEntry(posting, of: books.author, after: books.head, at: now))
        }
        #expect(books.head.paidGems == rules.due(atVotes: votes), "seed \(seed)")
        return books
    }

    @Test(arguments: 0..<10) func `every seed ends with books that agree with the votes`(block: UInt64) throws {
        for seed in block * 100..<(block + 1) * 100 {
            let books = try Self.run(seed: seed)
            var audit = LedgerAudit(of: books.author)
            for entry in books.entries { audit.take(entry.document) }
            #expect(audit.faults == [], "seed \(seed)")
            let spent = Gems(Int64(books.entries.count { $0.source == .cosmetic }))
            #expect(books.head.balance - books.head.debt == Gems(books.head.paidGems) - spent, "seed \(seed)")
            #expect(books.head.balance >= 0 && (books.head.balance == 0 || books.head.debt == 0), "seed \(seed)")
        }
    }

    @Test func `a seed replays identically`() throws {
        #expect(try Self.run(seed: 4711).entries == Self.run(seed: 4711).entries)
    }
}
