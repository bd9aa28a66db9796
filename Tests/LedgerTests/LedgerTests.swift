import BSON
import Domain
import MongoClient
import Records
import TestSupport
import Testing

@testable import Ledger

/// Live: against the document server.
struct LedgerTests {
    private func withLedger(_ body: (Ledger, MongoClient) async throws -> Void) async throws {
        try await withDatabase(threads: 8) { client in
            try await Migrator(client.database).migrate(GemCollections.all)
            try await body(Ledger(database: client.database), client)
        }
    }

    @Test func `entries chain, and an award with a used key is given once`() async throws {
        try await withLedger { ledger, _ in
            let user = UserID.new()
            let first = try await ledger.award(5, to: user, source: .streakBonus, key: "week:1")
            #expect(first.isNew && first.entry.seq == 1 && first.entry.balanceAfter == 5)
            let again = try await ledger.award(5, to: user, source: .streakBonus, key: "week:1")
            #expect(!again.isNew && again.entry == first.entry)
            let second = try await ledger.award(1, to: user, source: .dailyLogin, key: "login:1")
            #expect(second.entry.previousHash == first.entry.hash && second.entry.balanceBefore == 5)
            #expect(try await ledger.entries(of: user, limit: 10) == [second.entry, first.entry])
            #expect(try await ledger.entries(of: user, before: 2, limit: 10) == [first.entry])
            #expect(try await ledger.entries(of: user, source: .dailyLogin, limit: 10) == [second.entry])
        }
    }

    @Test func `concurrent awards all count, each once`() async throws {
        try await withLedger { ledger, _ in
            let user = UserID.new()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        // Every key is tried twice at once.
                        _ = try await ledger.award(3, to: user, source: .admin, key: "a:\(number / 2)")
                    }
                }
                try await group.waitForAll()
            }
            let entries = try await ledger.entries(of: user, limit: 100)
            #expect(entries.count == 20 && entries.map(\.seq) == Array((1...20).reversed()))
            #expect(entries.first?.balanceAfter == 60)
            for (newer, older) in zip(entries, entries.dropFirst()) { #expect(newer.previousHash == older.hash) }
        }
    }

    @Test func `concurrent purchases for more than the balance never go below zero`() async throws {
        try await withLedger { ledger, _ in
            let user = UserID.new()
            try await ledger.award(10, to: user, source: .admin, key: "start")
            let bought = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        do throws(LedgerError) {
                            _ = try await ledger.purchase(
                                3, by: user, source: .cosmetic, key: "buy:\(number)", requestKey: "\(number)",
                                productID: "hat", productVersion: 1, description: "Hat"
                            ) { _, _ in Grant(productID: "hat", kind: "cosmetic") }
                            return true
                        } catch {
                            guard case .refused(.insufficientGems) = error else { throw error }
                            return false
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(bought == 3)
            let entries = try await ledger.entries(of: user, limit: 100)
            #expect(entries.count == 4 && entries.first?.balanceAfter == 1)
            #expect(entries.reduce(0 as Gems) { $0 + $1.amount } == 1)
            #expect(entries.allSatisfy { $0.balanceAfter >= 0 })
            #expect(try await ledger.entitlements(of: user).count == 3)
        }
    }

    @Test func `a good owned once is bought once, and the retry of its request gets the same entry`() async throws {
        try await withLedger { ledger, _ in
            let user = UserID.new()
            try await ledger.award(10, to: user, source: .admin, key: "start")
            let buy = { @Sendable (request: String) async throws -> Ledger.Outcome in
                try await ledger.purchase(
                    3, by: user, source: .modelUnlock, key: Ledger.ownershipKey("sketch-plus"), requestKey: request,
                    productID: "sketch-plus", productVersion: 1, description: "Sketch Plus"
                ) { _, _ in Grant(productID: "sketch-plus", kind: "model_unlock") }
            }
            #expect(try await ledger.owns(user, productID: "sketch-plus") == false)
            let first = try await buy("r1")
            let retry = try await buy("r1")
            let other = try await buy("r2")
            #expect(first.isNew && !retry.isNew && !other.isNew)
            #expect(retry.entry == first.entry && other.entry.requestKey == "r1")
            #expect(try await ledger.head(of: user).balance == 7)
            #expect(try await ledger.owns(user, productID: "sketch-plus"))
            let stranger = UserID.new()
            #expect(try await ledger.owns(stranger, productID: "sketch-plus") == false)
            #expect(try await ledger.entitlements(of: user).map(\.transactionID) == [first.entry.id])
            #expect(try await ledger.entitlements(of: stranger) == [])
        }
    }

    @Test func `of capture and void at once, one decides`() async throws {
        try await withLedger { ledger, _ in
            let user = UserID.new()
            try await ledger.award(50, to: user, source: .admin, key: "start")
            for number in 0..<5 {
                let job = "job\(number)"
                try await ledger.hold(5, of: user, as: job, reference: ("generation", job))
                let endings = try await withThrowingTaskGroup(of: Ledger.Closing.self) { group in
                    for side in 0..<6 {
                        group.addTask {
                            side.isMultiple(of: 2)
                                ? try await ledger.capture(job, of: user) : try await ledger.void(job, of: user)
                        }
                    }
                    return try await group.reduce(into: Set()) { $0.insert($1) }
                }
                #expect(endings.count == 1)
                #expect(try await ledger.closing(of: job, for: user) == endings.first)
                let closing = try await ledger.entries(of: user, limit: 1).first
                #expect(closing?.key == "close:\(job)" && closing?.referenceID == job)
            }
            let head = try await ledger.head(of: user)
            #expect(head.held == 0 && head.balance + head.spent == 50 && head.seq == 11)
            await #expect(throws: LedgerError.refused(.nothingToClose)) { try await ledger.void("never", of: user) }
        }
    }

    @Test func `what was made is found again even when it could not be made again`() async throws {
        try await withLedger { ledger, _ in
            let user = UserID.new()
            try await ledger.award(5, to: user, source: .admin, key: "start")
            let first = try await ledger.hold(5, of: user, as: "job")
            let retry = try await ledger.hold(5, of: user, as: "job")
            #expect(!retry.isNew && retry.entry == first.entry)
            await #expect(throws: LedgerError.refused(.insufficientGems(balance: 0, wanted: 1))) {
                try await ledger.hold(1, of: user, as: "other")
            }
        }
    }

    @Test func `an entry takes its events along until they are relayed`() async throws {
        try await withLedger { ledger, client in
            let user = UserID.new()
            try await ledger.award(5, to: user, source: .admin, key: "start")
            let stored = try await client.collection("gem_transactions").findOne(["userId": .id(user)])
            let outbox = try #require(stored?.array("outbox"))
            #expect(outbox.compactMap { $0.documentValue?.string("type") } == ["GemsEarned"])
        }
    }

    @Test func `a balance counts votes toward the next gem over all partitions`() async throws {
        try await withLedger { ledger, client in
            try await Migrator(client.database).migrate(VoteCollections.all)
            let user = UserID.new()
            try await ledger.award(5, to: user, source: .admin, key: "start")
            try await client.collection("vote_totals_by_author").insertMany(
                (0..<3).map { number in
                    [
                        "_id": ["author": .id(user), "partition": .int32(number)], "partition": .int32(number),
                        "accepted": .int64(9),
                        "displayed": .int64(9), "version": .int64(1), "updatedAt": .date(1),
                    ]
                })
            let view = try await GemAccounts(database: client.database).balance(of: user)
            #expect(view.balance == 5 && view.votesTowardNextGem == 7)
        }
    }
}
