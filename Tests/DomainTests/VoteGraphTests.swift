import BSON
import Testing

@testable import Domain

@Suite struct VoteGraphTests {
    private let people = (1...600 as ClosedRange<UInt64>).map { UserID(ObjectID(high: $0, low: 0)) }

    @Test func `an edge matters from five votes on, and all of its voter's votes are kept with it`() {
        var graph = VoteGraph(votesPerEdge: 5, capacity: 100)
        for _ in 0..<5 { graph.add(from: people[0], to: people[1]) }
        for _ in 0..<4 { graph.add(from: people[0], to: people[2]) }
        for _ in 0..<4 { graph.add(from: people[3], to: people[1]) }
        graph.endGroup()
        #expect(graph.edges == [VoteEdge(from: people[0], to: people[1]): 5])
        #expect(graph.cast == [people[0]: 9])
        #expect(graph.received == [people[1]: 9, people[2]: 4])
        #expect(graph.total == 13 && graph.leftOut == 0)
    }

    @Test func `votes for oneself are not looked at`() {
        var graph = VoteGraph(votesPerEdge: 1, capacity: 100)
        graph.add(from: people[0], to: people[0])
        graph.endGroup()
        #expect(graph.total == 0 && graph.edges.isEmpty && graph.received.isEmpty)
    }

    @Test func `what was dropped for want of room is counted to the vote`() {
        var graph = VoteGraph(votesPerEdge: 1, capacity: 4)
        for _ in 0..<3 { graph.add(from: people[0], to: people[1]) }
        for _ in 0..<3 { graph.add(from: people[0], to: people[2]) }
        for author in 3..<6 { graph.add(from: people[0], to: people[author]) }
        // The fifth edge leaves room for two: the three weak ones go, and with them their authors.
        #expect(graph.leftOut == 6)
        graph.endGroup()
        #expect(graph.edges.values.sorted() == [3, 3] && graph.received.count == 2)
    }

    @Test func `of one address no more is held than there is room for, and what is known goes on being counted`() {
        var sample = SharedUseSample(capacity: 10)
        for voter in people[1...513] { sample.add(.address, "hall", from: voter, to: people[0]) }
        for _ in 0..<2 { sample.add(.address, "hall", from: people[1], to: people[0]) }
        let use = sample.shared[0]
        #expect(use.accounts.count == 512 && sample.leftOut == 1)
        #expect(use.votes[VoteEdge(from: people[1], to: people[0])] == 3)
    }

    @Test func `where there are too many, what one account alone uses goes first, then the smallest groups`() {
        var sample = SharedUseSample(capacity: 4)
        for (number, size) in [4, 2, 3, 1].enumerated() {
            for voter in people[1...size] { sample.add(.device, "\(number)", from: voter, to: people[0]) }
        }
        #expect(sample.shared.map(\.hash) == ["0", "1", "2"], "what is one account's alone is not shared")
        sample.add(.device, "4", from: people[1], to: people[0])
        #expect(sample.shared.map(\.hash) == ["0", "2"] && sample.leftOut == 3)
    }
}
