import BSON
import Domain
import Ledger
import Records
import ServiceKit
import TestSupport
import Testing

@testable import GemsService

/// What `gems verify` says of books that are right in themselves, and disagree with what they rest on.
struct VerifyBooksTests {
    private func pay(_ gem: Int64, to author: UserID, from account: SystemAccount, _ gems: GemsFixture) async throws {
        let key = "votes:\(gem):0"
        try await gems.ledger.post(to: author, key: key) { _, _ throws(LedgerError) in
            Posting(.payVoteGem(gem, multiplier: 1), source: .votes, account: account, key: key)
        }
    }

    @Test func `gems of votes that another account gave are found`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let author = UserID.new()
            try await gems.setVotes(10, of: author)
            try await pay(1, to: author, from: .promotions, gems)
            let report = try await gems.verify()
            #expect(report.faults.map(\.reason) == ["is on account promotions"])
            #expect(report.disagreements == ["the mint gave 0; votes and debts account for 1"])
            #expect(VerifyCommand.text(of: report, showsBalances: false).contains("the books are WRONG"))
        }
    }

    @Test func `a gem for somebody who never had a vote is found, and whatever is due and not paid`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let (author, patient) = (UserID.new(), UserID.new())
            try await pay(1, to: author, from: .mint, gems)
            for partition in 0..<3 { try await gems.setVotes(9, of: patient, partition: Int32(partition)) }
            let report = try await gems.verify()
            #expect(report.pending == 1 && report.deferred == 0 && report.paid == 1)
            #expect(
                Set(report.disagreements) == [
                    "\(author): 0 gems are due and 1 paid", "\(patient): 2 gems are due and 0 paid",
                ])
            // What is only on its way is no fault before everything has to be settled.
            #expect(try await gems.verify(settled: false).isClean)
        }
    }

    @Test func `escrow is open holds and paid cards, and nothing else`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let buyer = UserID.new()
            try await gems.give(25, to: buyer)
            try await gems.ledger.hold(4, of: buyer, as: "job")
            _ = try await gems.purchase("gift-10", by: buyer, key: "a")
            // A card that its buyer has not paid holds nothing.
            let product = try #require(Product.standard.first { $0.id == "gift-10" })
            let cards = gems.client.collection("gift_cards")
            try await cards.insert(GiftCard(product: product, buyer: buyer, requestKey: "r", at: gems.now).document)
            let report = try await gems.verify()
            #expect(report.isClean && report.openHolds == 4 && report.openCards == 10)
            try await cards.delete(["state": "issued"])
            #expect(
                try await gems.verify().disagreements
                    == ["escrow holds 14; open holds 4 and unredeemed cards 0 make 4"])
        }
    }

    @Test func `the command ends with 1 when the books are wrong`() async throws {
        let stores = try await TestStores.fresh()
        _ = try await TestPeople(stores)
        let author = UserID.new()
        let ledger = Ledger(database: stores.mongo.database)
        try await ledger.award(5, to: author, source: .admin, key: "a")
        try await withService(GemsService.definition, on: stores, roles: [.api]) { gems in
            let verify = VerifyCommand(context: gems.context, economy: .standard)
            #expect(try await verify.run([]) == 0)
            try await ledger.award(5, to: author, source: .admin, key: "b", account: .mint)
            #expect(try await verify.run(["--settled"]) == 1)
            await #expect(throws: (any Error).self) { try await verify.run(["--as-of", "yesterday"]) }
        }
    }
}
