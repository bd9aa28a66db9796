import BSON
import Domain
import Ledger
import Records
import Testing

@testable import GemsService

/// Gift cards between their steps, and the votes that they rest on.
struct GiftCardTests {
    private func state(of code: String, _ gems: GemsFixture) async throws -> String? {
        try await gems.client.collection("gift_cards").findByID(.string(GiftCode.cardID(of: code)))?.string("state")
    }

    private func buy(_ gems: GemsFixture, _ buyer: UserID, key: String) async throws -> String {
        try #require(try await gems.purchase("gift-10", by: buyer, key: key).code)
    }

    /// Somebody with gems from votes that may be given away.
    private func author(of votes: Int64, _ gems: GemsFixture) async throws -> UserID {
        let author = UserID.new()
        try await gems.setVotes(votes, of: author)
        try await gems.settle(author)
        gems.advance(.hours(73))
        return author
    }

    /// A card as it is before its buyer has paid.
    private func unpaid(by buyer: UserID, _ gems: GemsFixture) async throws -> GiftCard {
        let product = try #require(Product.standard.first { $0.id == "gift-10" })
        let card = GiftCard(product: product, buyer: buyer, requestKey: "never", at: gems.now)
        try await gems.client.collection("gift_cards").insert(card.document)
        return card
    }

    @Test func `a redemption belongs to its person and request`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let (buyer, lucky) = (UserID.new(), UserID.new())
            try await gems.give(10, to: buyer)
            let code = try await buy(gems, buyer, key: "a")
            let first = try await gems.gifts.redeem(code: code, by: lucky, request: "r").entry
            #expect(try await gems.gifts.redeem(code: code, by: lucky, request: "r").entry == first)
            await #expect(throws: PurchaseError.spentCard) {
                try await gems.gifts.redeem(code: code, by: lucky, request: "s")
            }
            await #expect(throws: PurchaseError.spentCard) {
                try await gems.gifts.redeem(code: code, by: .new(), request: "r")
            }
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `tries of one purchase at once pay once and name the card that was paid`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let buyer = UserID.new()
            try await gems.give(35, to: buyer)
            let codes = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 { group.addTask { try await buy(gems, buyer, key: "a") } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(codes.count == 1)
            #expect(try await gems.ledger.head(of: buyer).balance == 25)
            _ = try await gems.gifts.redeem(code: try #require(codes.first), by: .new(), request: "r")
            try await gems.sweeper.pass()
            #expect(try await gems.client.collection("gift_cards").count() == 1)
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `votes that go take back the newest cards, as many as they need`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let author = try await author(of: 350, gems)
            // Somebody else's young gems and newest card have nothing to do with it.
            let stranger = UserID.new()
            try await gems.setVotes(300, of: stranger)
            try await gems.settle(stranger)
            try await gems.give(10, to: stranger)
            var codes: [String] = []
            for number in 0..<3 {
                codes.append(try await buy(gems, author, key: "\(number)"))
                gems.advance(.seconds(1))
            }
            let other = try await buy(gems, stranger, key: "other")
            try await gems.setVotes(230, of: author)
            try await gems.settle(author)
            var states: [String?] = []
            for code in codes { states.append(try await state(of: code, gems)) }
            #expect(states == ["issued", "issued", "voided"])
            #expect(try await state(of: other, gems) == "issued")
            #expect(try await gems.ledger.head(of: author).balance == 3)
            try await gems.setVotes(0, of: author)
            try await gems.settle(author)
            let head = try await gems.ledger.head(of: author)
            #expect(head.balance == 0 && head.debt == 0 && head.spent == 0)
            await #expect(throws: PurchaseError.spentCard) {
                try await gems.gifts.redeem(code: codes[0], by: .new(), request: "r")
            }
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `gems that were taken back, and paid again, are young once`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let author = UserID.new()
            try await gems.give(10, to: author)
            for votes in [150, 0, 80] as [Int64] {
                try await gems.setVotes(votes, of: author)
                try await gems.settle(author)
            }
            _ = try await buy(gems, author, key: "a")
            #expect(try await gems.ledger.head(of: author).balance == 8)
            await #expect(throws: LedgerError.refused(.insufficientGems(balance: 0, wanted: 10))) {
                _ = try await buy(gems, author, key: "b")
            }
        }
    }

    @Test func `a card that nobody paid gives nothing back, to nobody, and goes`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let author = try await author(of: 50, gems)
            _ = try await gems.purchase("frame-bronze", by: author, key: "a")
            let card = try await unpaid(by: author, gems)
            await #expect(throws: PurchaseError.unknownCard) {
                try await gems.gifts.redeem(code: try #require(card.code), by: .new(), request: "r")
            }
            try await gems.setVotes(0, of: author)
            try await gems.settle(author)
            let head = try await gems.ledger.head(of: author)
            #expect(head.balance == 0 && head.debt == 3)
            try await gems.sweeper.pass()
            #expect(try await gems.client.collection("gift_cards").count() == 0)
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `cards that a crash left paid or voided are brought to their end`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let buyer = UserID.new()
            try await gems.give(20, to: buyer)
            let codes = [try await buy(gems, buyer, key: "a"), try await buy(gems, buyer, key: "b")]
            for (code, state) in zip(codes, ["pending", "voided"]) {
                try await gems.client.collection("gift_cards").update(
                    ["_id": .string(GiftCode.cardID(of: code))], ["$set": ["state": .string(state)]])
            }
            try await gems.sweeper.pass()
            #expect(try await state(of: codes[0], gems) == "issued")
            #expect(try await gems.ledger.head(of: buyer).balance == 10)
            try await gems.sweeper.pass()
            #expect(try await gems.ledger.head(of: buyer).balance == 10)
            let report = try await gems.verify()
            #expect(report.isClean && report.openCards == 10)
        }
    }

    @Test func `of redeeming and taking back at once, each card knows one`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let author = try await author(of: 1_000, gems)
            var codes: [String] = []
            for number in 0..<10 { codes.append(try await buy(gems, author, key: "\(number)")) }
            let friends = codes.map { _ in UserID.new() }
            try await gems.setVotes(0, of: author)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await gems.gifts.voidOpenCards(of: author, covering: 100) }
                group.addTask { _ = try await gems.gifts.voidOpenCards(of: author, covering: 100) }
                for (friend, code) in zip(friends, codes) {
                    group.addTask {
                        do {
                            _ = try await gems.gifts.redeem(code: code, by: friend, request: "r")
                        } catch PurchaseError.spentCard {
                        }
                    }
                }
                try await group.waitForAll()
            }
            var given: Gems = 0
            for friend in friends { given = given + (try await gems.ledger.head(of: friend).balance) }
            #expect(try await gems.ledger.head(of: author).balance + given == 100)
            let report = try await gems.verify(settled: false)
            #expect(report.isClean && report.openCards == 0)
        }
    }
}
