import BSON
import Testing

@testable import Domain

@Suite struct CollusionTests {
    private typealias Votes = [(voter: UserID, author: UserID)]
    private let rules = CollusionRules()

    private func people(_ count: Int, from start: Int = 0) -> [UserID] {
        (start..<start + count).map { UserID(ObjectID(high: UInt64($0 + 1) << 32, low: UInt32($0))) }
    }

    /// People who vote for whom they like, popular authors more often, as everywhere.
    private func crowd(_ people: [UserID], votesEach: Int, _ random: inout SeededGenerator) -> Votes {
        people.flatMap { voter in
            (0..<votesEach).map { _ in
                let place = Int(Double(people.count) * Double.random(in: 0..<1, using: &random).squared)
                return (voter, people[place])
            }
        }
    }

    /// A group whose members give a share of their votes to each other and the rest to `others`.
    private func group(
        _ members: [UserID], votesEach: Int, inside: Double, others: [UserID], _ random: inout SeededGenerator
    ) -> Votes {
        members.flatMap { voter in
            (0..<votesEach).map { number in
                let isInside = Double(number) < inside * Double(votesEach)
                let choice = isInside ? members.filter { $0 != voter } : others
                return (
                    voter, choice[isInside ? number % choice.count : Int.random(in: 0..<choice.count, using: &random)]
                )
            }
        }
    }

    private func graph(_ votes: Votes, capacity: Int = 1_000_000) -> VoteGraph {
        var graph = VoteGraph(votesPerEdge: EconomyConfiguration.standard.collusion.votesPerEdge, capacity: capacity)
        for group in Dictionary(grouping: votes, by: { Partition(of: $0.voter) }).sorted(by: { $0.key < $1.key }) {
            for vote in group.value { graph.add(from: vote.voter, to: vote.author) }
            graph.endGroup()
        }
        return graph
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `planted rings are found, each whole, and nobody else is`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let crowd = people(400)
        var votes = self.crowd(crowd, votesEach: 40, &random)
        var rings: [[UserID]] = []
        for number in 0..<4 {
            let ring = people(Int.random(in: 3...9, using: &random), from: 1000 + 100 * number)
            rings.append(ring.sorted())
            votes += group(ring, votesEach: 12 * ring.count, inside: 0.85, others: crowd, &random)
            // Somebody outside who is friends with one of them is not drawn in.
            votes += Array(repeating: (crowd[number], ring[0]), count: 6)
            votes += Array(repeating: (ring[0], crowd[number]), count: 6)
        }
        votes.shuffle(using: &random)
        let found = rules.findings(in: graph(votes), [])
        #expect(found.map(\.members) == rings.sorted { $0.lexicographicallyPrecedes($1) })
        #expect(found.allSatisfy { $0.kind == .ring && $0.insideShare > 0.7 && $0.shared.isEmpty })
        votes.shuffle(using: &random)
        #expect(rules.findings(in: graph(votes), []) == found, "the order of votes matters")
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `friends who also look around, and a crowd with its favourites, are no ring`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let crowd = people(300)
        var votes = self.crowd(crowd, votesEach: 40, &random)
        for number in 0..<5 {
            let friends = people(Int.random(in: 3...20, using: &random), from: 1000 + 100 * number)
            let inside = Double.random(in: 0.2...0.55, using: &random)
            votes += group(friends, votesEach: 8 * friends.count, inside: inside, others: crowd, &random)
        }
        #expect(rules.findings(in: graph(votes), []).isEmpty)
    }

    @Test(arguments: [3, 5, 12, 30])
    func `a small new community in which all vote for all is no ring`(size: Int) {
        var random = SeededGenerator(seed: UInt64(size))
        let all = people(size)
        let votes = group(all, votesEach: 10 * size, inside: 1, others: all, &random)
        #expect(rules.findings(in: graph(votes), []).isEmpty)
    }

    @Test func `people whom others like too are no ring`() {
        var random = SeededGenerator(seed: 1)
        let crowd = people(300)
        let stars = people(4, from: 1000)
        var votes = self.crowd(crowd, votesEach: 40, &random)
        votes += group(stars, votesEach: 60, inside: 0.9, others: crowd, &random)
        #expect(rules.findings(in: graph(votes), []).count == 1)
        for voter in crowd.prefix(200) { votes.append((voter, stars[0])) }
        #expect(rules.findings(in: graph(votes), []).isEmpty)
    }

    @Test func `what a ring's members share is named, and accounts on one device that serve one author are a farm`() {
        var random = SeededGenerator(seed: 2)
        let crowd = people(300)
        let ring = people(5, from: 1000)
        let votes =
            self.crowd(crowd, votesEach: 40, &random)
            + group(ring, votesEach: 60, inside: 0.9, others: crowd, &random)
        var sample = SharedUseSample(capacity: 1000)
        for vote in votes { sample.add(.address, vote.voter.hex, from: vote.voter, to: vote.author) }
        for vote in votes where ring.prefix(3).contains(vote.voter) {
            sample.add(.device, "phone", from: vote.voter, to: vote.author)
        }
        let farm = people(4, from: 2000)
        for _ in 0..<3 { for voter in farm { sample.add(.device, "rack", from: voter, to: crowd[7]) } }
        // A school: one address, many pupils, everybody votes for somebody else.
        for (number, pupil) in people(40, from: 3000).enumerated() {
            sample.add(.address, "school", from: pupil, to: crowd[number])
        }
        let found = rules.findings(in: graph(votes), sample.shared)
        #expect(found.map(\.kind) == [.ring, .device])
        #expect(found[0].shared == [.init(kind: .device, hash: "phone", members: Array(ring.prefix(3)))])
        #expect(found[0].explanation.contains("3 of them use one device."))
        #expect(found[1].members == farm && found[1].targets == [crowd[7]] && found[1].insideVotes == 12)
        #expect(found[1].explanation == "4 accounts on one device gave 12 of their 12 votes (100 %) to one author.")
    }

    @Test func `memory is bounded, and what had no room is said`() {
        var random = SeededGenerator(seed: 3)
        let crowd = people(2000)
        let ring = people(4, from: 5000)
        var votes = self.crowd(crowd, votesEach: 20, &random)
        votes += group(ring, votesEach: 80, inside: 0.9, others: crowd, &random)
        votes.shuffle(using: &random)
        let small = graph(votes, capacity: 700)
        #expect(small.edges.count <= 700 && small.received.count <= 700 && small.leftOut > 0)
        #expect(graph(votes).leftOut == 0)
        var sample = SharedUseSample(capacity: 50)
        for vote in votes { sample.add(.address, vote.voter.hex, from: vote.voter, to: vote.author) }
        for voter in ring { for _ in 0..<4 { sample.add(.device, "phone", from: voter, to: crowd[0]) } }
        for vote in votes { sample.add(.address, vote.voter.hex, from: vote.voter, to: vote.author) }
        #expect(sample.shared.map(\.hash) == ["phone"] && sample.leftOut > 0)
    }

    @Test func `collusion counts only on top of a shared address or device`() {
        func score(device: Int?, isColluding: Bool) -> FraudScore {
            FraudScore(
                VoteEvidence(
                    accountsOnAddress: nil, accountsOnDevice: device, accountAge: .minutes(5), votesInLastMinute: 100,
                    trustScore: 0, isReciprocal: true, isColluding: isColluding))
        }
        #expect(!score(device: nil, isColluding: true).isFlagged && !score(device: 1, isColluding: true).isFlagged)
        #expect(score(device: nil, isColluding: true).value == score(device: nil, isColluding: false).value)
        #expect(score(device: 3, isColluding: true).reasons.map(\.signal).contains(.collusion))
    }
}

extension Double {
    fileprivate var squared: Double { self * self }
}
