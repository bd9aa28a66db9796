import BSON
import Testing

@testable import Domain

/// Rings and farms at the places where they just are some.
@Suite struct CollusionBoundaryTests {
    private typealias Votes = [(from: Int, to: Int, count: Int)]

    private func person(_ number: Int) -> UserID { UserID(ObjectID(high: UInt64(number + 1), low: 0)) }

    /// - Parameter crowd: votes of others for others, each an edge too weak to matter.
    private func findings(_ votes: Votes, crowd: Int = 1000, _ uses: [SharedUse] = []) -> [CollusionFinding] {
        var graph = VoteGraph(votesPerEdge: 5, capacity: 100_000)
        for vote in votes {
            for _ in 0..<vote.count { graph.add(from: person(vote.from), to: person(vote.to)) }
        }
        for number in 0..<crowd { graph.add(from: person(1000 + number % 200), to: person(1200 + number % 199)) }
        graph.endGroup()
        return CollusionRules().findings(in: graph, uses)
    }

    /// Everybody gives to everybody else.
    private func ring(_ size: Int, each count: Int = 10) -> Votes {
        (0..<size).flatMap { from in (0..<size).filter { $0 != from }.map { (from, $0, count) } }
    }

    @Test func `three are a ring, two are friends`() {
        #expect(findings(ring(3)).map(\.members) == [(0..<3).map(person)])
        #expect(findings(ring(2, each: 30)).isEmpty)
    }

    @Test func `thirty are a ring, more are a community`() {
        #expect(findings(ring(30, each: 5), crowd: 10_000).map(\.members.count) == [30])
        #expect(findings(ring(31, each: 5), crowd: 10_000).isEmpty)
    }

    @Test func `votes that are not returned are no ring`() {
        #expect(findings([(0, 1, 20), (1, 2, 20), (2, 0, 20)]).isEmpty)
        #expect(findings([(0, 1, 20), (1, 2, 20), (2, 0, 20), (1, 0, 4), (2, 1, 4), (0, 2, 4)]).isEmpty)
    }

    @Test func `a member gives six of ten votes inside, and who gives less is none`() {
        // Of person 0: twenty votes inside.
        func outside(_ count: Int) -> Votes { (0..<count).map { (0, 500 + $0, 1) } }
        #expect(findings(ring(3) + outside(13)).map(\.insideVotes) == [60])
        #expect(
            findings([(0, 1, 6), (0, 2, 6), (1, 0, 10), (1, 2, 10), (2, 0, 10), (2, 1, 10)] + outside(8)).count == 1)
        #expect(findings([(0, 1, 6), (0, 2, 6), (1, 0, 10), (1, 2, 10), (2, 0, 10), (2, 1, 10)] + outside(9)).isEmpty)
    }

    @Test func `who is left when somebody goes is judged by what they gave to those who stay`() {
        // Person 3 votes mostly outside. Without them half of person 0's votes go outside, and two are no ring.
        let votes: Votes = [
            (0, 1, 5), (0, 2, 5), (0, 3, 10), (3, 0, 5), (1, 0, 10), (1, 2, 10), (2, 0, 10), (2, 1, 10),
        ]
        #expect(findings(votes + (0..<40).map { (3, 500 + $0, 1) }).isEmpty)
        #expect(findings(votes).map(\.members.count) == [4])
    }

    @Test func `of all votes of a ring seven of ten stay inside`() {
        func votes(outside count: Int) -> Votes {
            ring(3, each: 7) + (0..<3).flatMap { member in (0..<count).map { (member, 500 + $0, 1) } }
        }
        #expect(findings(votes(outside: 6)).count == 1)
        #expect(findings(votes(outside: 7)).isEmpty, "two of three")
    }

    @Test func `a ring is one only far beyond what everybody's votes make likely`() {
        // Sixty votes inside: at chance they would be sixty of all.
        #expect(findings(ring(3), crowd: 121).count == 1)
        #expect(findings(ring(3), crowd: 119).isEmpty)
    }

    @Test func `what only one of a ring uses is not shared`() {
        let uses = [("alone", [0, 700, 701]), ("both", [0, 1, 700])].map { hash, accounts in
            SharedUse(
                kind: .address, hash: hash,
                votes: Dictionary(
                    uniqueKeysWithValues: accounts.map { (VoteEdge(from: person($0), to: person(900)), 1) }))
        }
        #expect(
            findings(ring(3), uses)[0].shared == [.init(kind: .address, hash: "both", members: [person(0), person(1)])])
    }

    private func farm(_ kind: SharedUse.Kind, _ votes: Votes) -> CollusionFinding? {
        let edges = votes.map { (VoteEdge(from: person($0.from), to: person($0.to)), $0.count) }
        return findings(
            [], crowd: 0, [SharedUse(kind: kind, hash: "x", votes: Dictionary(uniqueKeysWithValues: edges))]
        ).first
    }

    @Test func `three accounts on a device are a farm, and eight on an address`() {
        func votes(_ accounts: Int) -> Votes { (0..<accounts).map { ($0, 900, 5) } }
        #expect(farm(.device, votes(3))?.members.count == 3 && farm(.device, votes(2)) == nil)
        #expect(farm(.address, votes(8))?.members.count == 8 && farm(.address, votes(7)) == nil)
    }

    @Test func `a farm gave its author ten votes, six of ten of all`() {
        #expect(farm(.device, [(0, 900, 3), (1, 900, 3), (2, 900, 4)])?.insideVotes == 10)
        #expect(farm(.device, [(0, 900, 3), (1, 900, 3), (2, 900, 3)]) == nil)
        let some: Votes = [(0, 900, 4), (1, 900, 4), (2, 900, 4)]
        let found = farm(.device, some + [(0, 901, 4), (1, 902, 4)])
        #expect(found?.targets == [person(900)] && found?.castVotes == 20)
        #expect(farm(.device, some + [(0, 901, 5), (1, 902, 4)]) == nil)
    }

    @Test func `those who vote for somebody else are no part of a farm`() {
        #expect(farm(.device, [(0, 900, 8), (1, 900, 8), (2, 901, 1), (3, 902, 1)]) == nil)
        let found = farm(.device, [(0, 900, 4), (1, 900, 4), (2, 900, 4), (3, 902, 1)])
        #expect(found?.members == (0..<3).map(person) && found?.castVotes == 13)
    }
}
