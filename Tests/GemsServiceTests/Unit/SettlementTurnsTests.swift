import Ledger
import Runtime
import TestSupport
import Testing

@testable import GemsService

struct SettlementTurnsTests {
    private struct Seen: Sendable {
        var batches = 0
        var sweeps = 0
        var done = 0
        var together = 0
        var collisions = 0
    }

    @Test func `batches go side by side, a sweep goes alone, and everybody gets a turn`() async throws {
        let turns = SettlementTurns()
        let seen = Locked(Seen())
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                let alone = number % 5 == 0
                group.addTask {
                    for _ in 0..<5 {
                        // Nothing in here throws.
                        try? await turns.take(alone: alone) { () async throws(LedgerError) in
                            seen.withLock { seen in
                                if alone { seen.sweeps += 1 } else { seen.batches += 1 }
                                if seen.sweeps > 1 || seen.sweeps == 1 && seen.batches > 0 { seen.collisions += 1 }
                                if seen.batches > 1 { seen.together += 1 }
                            }
                            for _ in 0..<20 { await Task.yield() }
                            seen.withLock { seen in
                                if alone { seen.sweeps -= 1 } else { seen.batches -= 1 }
                                seen.done += 1
                            }
                        }
                    }
                }
            }
        }
        let all = seen.withLock { $0 }
        #expect(all.collisions == 0 && all.done == 300)
        #expect(all.together > 0, "batches waited for each other")
    }

    @Test func `a sweep that waits is passed by no later batch`() async throws {
        let turns = SettlementTurns()
        let order = Locked<[String]>([])
        let (end, ending) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let enter = { @Sendable (name: String, alone: Bool) async throws in
                try await turns.take(alone: alone) { () async throws(LedgerError) in
                    order.withLock { $0.append(name) }
                    if name == "first" { for await _ in end {} }
                }
            }
            group.addTask { try await enter("first", false) }
            try await eventually("the first batch") { order.withLock { $0.count } == 1 }
            group.addTask { try await enter("sweep", true) }
            try await eventually("the sweep to wait") { turns.waiting == 1 }
            group.addTask { try await enter("later", false) }
            try await eventually("the later batch") { turns.waiting == 2 || order.withLock { $0.count } == 2 }
            ending.finish()
            try await group.waitForAll()
        }
        #expect(order.withLock { $0 } == ["first", "sweep", "later"] && turns.waiting == 0)
    }

    @Test func `a turn that fails is given back`() async throws {
        let turns = SettlementTurns()
        await #expect(throws: LedgerError.self) { () async throws in
            try await turns.take(alone: true) { () async throws(LedgerError) in throw .corrupt("x") }
        }
        var hasRun = false
        try await turns.take(alone: true) { () async throws(LedgerError) in hasRun = true }
        #expect(hasRun)
    }
}
