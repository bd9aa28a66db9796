import Domain
import Records
import Runtime
import Testing

@testable import VotingService

@Suite struct RecentCardsTests {
    private struct Failure: Error {}

    private let card = PostCard(author: .new(), category: .art, access: .everybody)

    @Test func `all who ask for a post at once share one look-up`() async throws {
        let (cards, card, post) = (RecentCards(), card, PostID.new())
        let reads = Locked(0)
        try await withThrowingTaskGroup(of: PostCard?.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    try await cards.card(post) {
                        reads.withLock { $0 += 1 }
                        for _ in 0..<100 { await Task.yield() }
                        return card
                    }
                }
            }
            for try await found in group { #expect(found == card) }
        }
        #expect(reads.withLock { $0 } == 1)
        #expect(cards.find(post) == card && cards.find(.new()) == nil)
    }

    @Test func `a look-up that fails or finds nothing is not remembered`() async throws {
        let (cards, post) = (RecentCards(), PostID.new())
        await #expect(throws: Failure.self) { () async throws in
            _ = try await cards.card(post) { () async throws in throw Failure() }
        }
        #expect(try await cards.card(post) { nil } == nil)
        #expect(cards.find(post) == nil)
        let card = card
        #expect(try await cards.card(post) { card } == card)
    }
}
