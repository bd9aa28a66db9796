/// From whom to whom votes went.
package struct VoteEdge: Hashable, Comparable, Sendable {
    package let from: UserID
    package let to: UserID

    package init(from: UserID, to: UserID) {
        self.from = from
        self.to = to
    }

    package var reversed: VoteEdge { VoteEdge(from: to, to: from) }

    package static func < (one: Self, other: Self) -> Bool {
        one.from != other.from ? one.from < other.from : one.to < other.to
    }
}

/// Who votes for whom how often, counted in bounded memory.
///
/// Votes come by groups of voters, each voter's votes in one group; at a group's end the edges that are too weak for a ring
/// go. Where a group has more edges than there is room for, the weakest go early, and `leftOut` says how many votes that
/// cost: nobody is suspected for that, and somebody may be missed.
package struct VoteGraph: Sendable {
    /// Edges with enough votes to matter.
    package private(set) var edges: [VoteEdge: Int] = [:]
    /// All votes of the people with such an edge.
    package private(set) var cast: [UserID: Int] = [:]
    /// All votes for each author.
    package private(set) var received: [UserID: Int] = [:]
    package private(set) var total = 0
    package private(set) var leftOut = 0

    private var open: [VoteEdge: Int] = [:]
    private var openCast: [UserID: Int] = [:]
    private let votesPerEdge: Int
    private let capacity: Int

    /// - Parameters:
    ///   - votesPerEdge: weaker edges do not matter.
    ///   - capacity: the most edges, and the most authors, that are held at once.
    package init(votesPerEdge: Int, capacity: Int) {
        self.votesPerEdge = votesPerEdge
        self.capacity = max(1, capacity)
    }

    package mutating func add(from voter: UserID, to author: UserID) {
        guard voter != author else { return }
        total += 1
        open[VoteEdge(from: voter, to: author), default: 0] += 1
        openCast[voter, default: 0] += 1
        received[author, default: 0] += 1
        if open.count > capacity {
            leftOut += Self.shrink(&open, to: capacity / 2)
            let voters = Set(open.keys.map(\.from))
            openCast = openCast.filter { voters.contains($0.key) }
        }
        if received.count > capacity { leftOut += Self.shrink(&received, to: capacity / 2) }
    }

    /// The group of voters is complete.
    package mutating func endGroup() {
        let strong = open.filter { $0.value >= votesPerEdge }
        for edge in strong.keys { cast[edge.from] = openCast[edge.from] }
        edges.merge(strong) { $0 + $1 }
        (open, openCast) = ([:], [:])
        guard edges.count > capacity else { return }
        leftOut += Self.shrink(&edges, to: capacity)
        let voters = Set(edges.keys.map(\.from))
        cast = cast.filter { voters.contains($0.key) }
    }

    /// Drops the smallest until no more than `size` are left; returns what they came to.
    private static func shrink<Key>(_ counts: inout [Key: Int], to size: Int) -> Int {
        var dropped = 0
        var floor = 1
        while counts.count > size {
            let weak = counts.filter { $0.value <= floor }
            dropped += weak.values.reduce(0, +)
            for key in weak.keys { counts[key] = nil }
            floor *= 2
        }
        return dropped
    }
}

/// What accounts on one address or device voted for.
package struct SharedUse: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable, Codable {
        case address, device
    }

    package let kind: Kind
    /// The keyed hash; what it is of nobody here knows.
    package let hash: String
    package internal(set) var votes: [VoteEdge: Int] = [:]

    package init(kind: Kind, hash: String, votes: [VoteEdge: Int] = [:]) {
        self.kind = kind
        self.hash = hash
        self.votes = votes
    }

    package var accounts: Set<UserID> { Set(votes.keys.map(\.from)) }
}

/// Gathers shared uses in bounded memory: what one account alone uses goes first.
package struct SharedUseSample: Sendable {
    private struct Name: Hashable {
        let kind: SharedUse.Kind
        let hash: String
    }

    private static let edgesPerUse = 512

    private var uses: [Name: SharedUse] = [:]
    private let capacity: Int
    package private(set) var leftOut = 0

    /// - Parameter capacity: the most addresses and devices that are held at once.
    package init(capacity: Int) { self.capacity = max(1, capacity) }

    package mutating func add(_ kind: SharedUse.Kind, _ hash: String, from voter: UserID, to author: UserID) {
        let name = Name(kind: kind, hash: hash)
        let edge = VoteEdge(from: voter, to: author)
        let isFull = (uses[name]?.votes.count ?? 0) >= Self.edgesPerUse
        if isFull, uses[name]?.votes[edge] == nil {
            leftOut += 1
        } else {
            uses[name, default: SharedUse(kind: kind, hash: hash)].votes[edge, default: 0] += 1
        }
        if uses.count > capacity { shrink() }
    }

    private mutating func shrink() {
        let before = uses.count
        uses = uses.filter { $0.value.accounts.count > 1 }
        // Half is room enough until the next time; what is dropped beyond single accounts are the smallest groups.
        if uses.count > capacity / 2 {
            let kept = uses.values.sorted { ($1.accounts.count, $0.hash) < ($0.accounts.count, $1.hash) }
                .prefix(capacity / 2)
            uses = Dictionary(kept.map { (Name(kind: $0.kind, hash: $0.hash), $0) }) { first, _ in first }
        }
        leftOut += before - uses.count
    }

    /// Those of more than one account.
    package var shared: [SharedUse] {
        uses.values.filter { $0.accounts.count > 1 }.sorted {
            ($0.kind.rawValue, $0.hash) < ($1.kind.rawValue, $1.hash)
        }
    }
}
