/// A group that looks like collusion: who, which edges, how many, why.
package struct CollusionFinding: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable, Codable {
        /// People who vote for each other, and hardly for others.
        case ring
        /// Accounts on one address, or one device, that vote for one author.
        case address, device
    }

    /// What members have in common.
    package struct Shared: Equatable, Sendable {
        package let kind: SharedUse.Kind
        package let hash: String
        /// Members on it.
        package let members: [UserID]
    }

    package let kind: Kind
    /// In order.
    package let members: [UserID]
    /// Whom the votes in question are for: the members themselves, or one author.
    package let targets: [UserID]
    /// The votes in question, the most first.
    package let edges: [(edge: VoteEdge, votes: Int)]
    /// All votes of the members.
    package let castVotes: Int
    /// What the inside share would be if the members voted as everybody does; nil for a farm.
    package let expectedShare: Double?
    package let shared: [Shared]

    package var insideVotes: Int { edges.reduce(0) { $0 + $1.votes } }
    package var insideShare: Double { castVotes > 0 ? min(1, Double(insideVotes) / Double(castVotes)) : 0 }

    /// Why, in words for a moderator.
    package var explanation: String {
        let percent = Int((insideShare * 100).rounded())
        switch kind {
        case .ring:
            let expected = ((expectedShare ?? 0) * 1000).rounded() / 10
            let first =
                "\(members.count) people gave \(percent) % of their \(castVotes) votes to each other; "
                + "if they voted as everybody does, it would be \(expected) %."
            return ([first] + shared.map { "\($0.members.count) of them use one \($0.kind.rawValue)." })
                .joined(separator: " ")
        case .address, .device:
            return "\(members.count) accounts on one \(kind.rawValue) gave \(insideVotes) of their \(castVotes) votes "
                + "(\(percent) %) to one author."
        }
    }

    package static func == (one: Self, other: Self) -> Bool {
        one.kind == other.kind && one.members == other.members && one.targets == other.targets
            && one.edges.elementsEqual(other.edges) { $0 == $1 } && one.castVotes == other.castVotes
            && one.expectedShare == other.expectedShare && one.shared == other.shared
    }
}
