/// Finds groups that collude. Pure, and the same findings in whatever order the votes came.
///
/// A ring is what is left of the mutual edges after everybody is taken out, again and again, who gives too much to people
/// outside; that fixpoint is the same in any order and takes time linear in the edges. A ring then has to keep its votes
/// inside, be voted for by hardly anybody else, and do so far beyond what the votes of everybody would make likely: in a
/// small new community, where all vote for all, nothing is beyond that.
package struct CollusionRules: Sendable {
    private let rules: EconomyConfiguration.Collusion
    private let fraud: EconomyConfiguration.Fraud

    package init(_ economy: EconomyConfiguration = .standard) {
        rules = economy.collusion
        fraud = economy.fraud
    }

    /// - Returns: rings first, each kind by its members.
    package func findings(in graph: VoteGraph, _ uses: [SharedUse]) -> [CollusionFinding] {
        rings(in: graph, uses) + uses.compactMap(farm).sorted { Self.order($0, $1) }
    }

    private static func order(_ one: CollusionFinding, _ other: CollusionFinding) -> Bool {
        if one.kind != other.kind { return one.kind.rawValue < other.kind.rawValue }
        if one.members != other.members { return one.members.lexicographicallyPrecedes(other.members) }
        return one.targets.lexicographicallyPrecedes(other.targets)
    }

    // MARK: Rings

    private func rings(in graph: VoteGraph, _ uses: [SharedUse]) -> [CollusionFinding] {
        var neighbours: [UserID: [UserID]] = [:]
        for (edge, votes) in graph.edges
        where votes >= rules.votesPerEdge && graph.edges[edge.reversed, default: 0] >= rules.votesPerEdge {
            neighbours[edge.from, default: []].append(edge.to)
        }
        let core = core(of: neighbours, graph)
        return components(of: core, neighbours).compactMap { ring($0, neighbours, graph, uses) }
            .sorted { Self.order($0, $1) }
    }

    /// Those who give most of their votes to each other.
    private func core(of neighbours: [UserID: [UserID]], _ graph: VoteGraph) -> Set<UserID> {
        var inside = [UserID: Int](minimumCapacity: neighbours.count)
        for (person, others) in neighbours {
            inside[person] = others.reduce(0) { $0 + graph.edges[VoteEdge(from: person, to: $1), default: 0] }
        }
        func isLoose(_ person: UserID) -> Bool {
            let cast = graph.cast[person, default: 0]
            return cast == 0 || Double(inside[person, default: 0]) < rules.memberShare * Double(cast)
        }
        var core = Set(neighbours.keys)
        var loose = core.filter(isLoose)
        core.subtract(loose)
        while let person = loose.popFirst() {
            for other in neighbours[person, default: []] where core.contains(other) {
                inside[other, default: 0] -= graph.edges[VoteEdge(from: other, to: person), default: 0]
                if isLoose(other) {
                    core.remove(other)
                    loose.insert(other)
                }
            }
        }
        return core
    }

    private func components(of core: Set<UserID>, _ neighbours: [UserID: [UserID]]) -> [[UserID]] {
        var left = core
        var components: [[UserID]] = []
        while let start = left.popFirst() {
            var component = [start]
            var next = 0
            while next < component.count {
                for other in neighbours[component[next], default: []] where left.remove(other) != nil {
                    component.append(other)
                }
                next += 1
            }
            components.append(component.sorted())
        }
        return components
    }

    private func ring(
        _ members: [UserID], _ neighbours: [UserID: [UserID]], _ graph: VoteGraph, _ uses: [SharedUse]
    ) -> CollusionFinding? {
        guard members.count >= rules.smallestRing, members.count <= rules.largestRing, graph.total > 0 else {
            return nil
        }
        let group = Set(members)
        var edges: [(edge: VoteEdge, votes: Int)] = []
        for member in members {
            for other in neighbours[member, default: []] where group.contains(other) {
                let edge = VoteEdge(from: member, to: other)
                edges.append((edge, graph.edges[edge, default: 0]))
            }
        }
        let received = members.reduce(0) { $0 + graph.received[$1, default: 0] }
        let finding = CollusionFinding(
            kind: .ring, members: members, targets: members, edges: Self.sorted(edges),
            castVotes: members.reduce(0) { $0 + graph.cast[$1, default: 0] },
            expectedShare: min(1, Double(received) / Double(graph.total)), shared: shared(group, uses))
        guard let expected = finding.expectedShare, finding.insideShare >= rules.insideShare,
            Double(finding.insideVotes) >= rules.receivedShare * Double(received),
            finding.insideShare >= rules.lift * expected
        else { return nil }
        return finding
    }

    private func shared(_ group: Set<UserID>, _ uses: [SharedUse]) -> [CollusionFinding.Shared] {
        uses.compactMap { use in
            let members = use.accounts.intersection(group).sorted()
            return members.count > 1 ? .init(kind: use.kind, hash: use.hash, members: members) : nil
        }
    }

    // MARK: Farms

    /// Accounts that share an address or a device and vote for one author: a school does the first only.
    private func farm(_ use: SharedUse) -> CollusionFinding? {
        let size = use.kind == .device ? fraud.deviceClusterSize : fraud.addressClusterSize
        guard use.accounts.count >= size else { return nil }
        var votes: [UserID: Int] = [:]
        for (edge, count) in use.votes { votes[edge.to, default: 0] += count }
        guard let best = votes.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), best.value >= rules.farmVotes
        else { return nil }
        let edges = use.votes.filter { $0.key.to == best.key }.map { (edge: $0.key, votes: $0.value) }
        let members = Set(edges.map(\.edge.from)).sorted()
        let all = use.votes.values.reduce(0, +)
        guard members.count >= size, Double(best.value) >= rules.farmShare * Double(all) else { return nil }
        return CollusionFinding(
            kind: use.kind == .device ? .device : .address, members: members, targets: [best.key],
            edges: Self.sorted(edges), castVotes: all, expectedShare: nil,
            shared: [.init(kind: use.kind, hash: use.hash, members: members)])
    }

    private static func sorted(_ edges: [(edge: VoteEdge, votes: Int)]) -> [(edge: VoteEdge, votes: Int)] {
        edges.sorted { ($1.votes, $0.edge) < ($0.votes, $1.edge) }
    }
}
