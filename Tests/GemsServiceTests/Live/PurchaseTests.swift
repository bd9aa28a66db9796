import BSON
import Domain
import Ledger
import Records
import ServiceKit
import Testing

@testable import GemsService

struct PurchaseTests {
    @Test func `an unlock takes its price once and is owned at once`() async throws {
        try await GemsFixture.run { gems in
            let user = UserID.new()
            try await gems.give(5, to: user)
            let bought = try await gems.purchase("model-sketch-plus", by: user, key: "a")
            #expect(bought.entry.amount == -3 && bought.code == nil)
            #expect(try await gems.ledger.owns(user, productID: "model-sketch-plus"))
            let retry = try await gems.purchase("model-sketch-plus", by: user, key: "a")
            #expect(retry.id == bought.id && retry.entry == bought.entry)
            await #expect(throws: PurchaseError.alreadyOwned) {
                try await gems.purchase("model-sketch-plus", by: user, key: "b")
            }
            #expect(try await gems.client.collection("entitlements").count() == 1)
            #expect(try await gems.ledger.head(of: user).balance == 2)
            await #expect(throws: PurchaseError.unknownProduct) {
                try await gems.purchase("nothing", by: user, key: "c")
            }
            await #expect(throws: LedgerError.refused(.insufficientGems(balance: 2, wanted: 50))) {
                try await gems.purchase("model-flux", by: user, key: "d")
            }
        }
    }

    @Test func `a second pass goes on where the first ends`() async throws {
        try await GemsFixture.run { gems in
            let user = UserID.new()
            try await gems.give(25, to: user)
            let first = try await gems.purchase("ad-free-24h", by: user, key: "a")
            let second = try await gems.purchase("ad-free-24h", by: user, key: "b")
            #expect(first.entry.grant?.expiresAt == gems.now + .hours(24))
            #expect(second.entry.grant?.expiresAt == gems.now + .hours(48))
            // One that has ended leaves no gap to be made up for.
            try await gems.give(10, to: user)
            gems.advance(.hours(60))
            let third = try await gems.purchase("ad-free-24h", by: user, key: "c")
            #expect(third.entry.grant?.expiresAt == gems.now + .hours(24))
        }
    }

    @Test func `a price of tomorrow alters no purchase of today`() async throws {
        try await GemsFixture.run { gems in
            let user = UserID.new()
            try await gems.give(50, to: user)
            _ = try await gems.purchase("frame-bronze", by: user, key: "a")
            try await gems.client.collection("products").update(
                ["_id": "theme-aurora"], ["$set": ["priceGems": .int64(20)], "$inc": ["version": 1]])
            let dearer = try await gems.purchase("theme-aurora", by: user, key: "b")
            #expect(dearer.entry.amount == -20)
            #expect(try await gems.purchase("frame-bronze", by: user, key: "a").entry.amount == -3)
        }
    }

    @Test func `a new version keeps the old one on record, and purchases name the one that was bought`() async throws {
        try await GemsFixture.run { gems in
            let user = UserID.new()
            try await gems.give(50, to: user)
            _ = try await gems.purchase("frame-bronze", by: user, key: "a")
            let versions = ProductVersions(database: gems.database)
            for price in [9, 12] as [Int64] {
                let changed = try await versions.change("theme-aurora", at: gems.now) {
                    $0["priceGems"] = .int64(price)
                }
                #expect(changed?.priceGems == Gems(price))
            }
            #expect(try await versions.change("nothing", at: gems.now) { _ in } == nil)
            let bought = try await gems.purchase("theme-aurora", by: user, key: "b").entry
            #expect(bought.amount == -12 && bought.metadata.int("productVersion") == 3)
            let history = try await gems.client.collection("product_versions").find([:], sort: ["_id": 1])
            #expect(history.compactMap { $0.int64("priceGems") } == [8, 9])
            _ = try await versions.change("theme-aurora", at: gems.now) { $0["active"] = false }
            await #expect(throws: PurchaseError.unknownProduct) {
                try await gems.purchase("theme-aurora", by: user, key: "c")
            }
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `a gift card is redeemed once, whoever tries`() async throws {
        try await GemsFixture.run { gems in
            let (buyer, lucky) = (UserID.new(), UserID.new())
            try await gems.give(12, to: buyer)
            let card = try await gems.purchase("gift-10", by: buyer, key: "a")
            let code = try #require(card.code)
            #expect(try await gems.purchase("gift-10", by: buyer, key: "a").code == code)
            let open = try await gems.verify()
            #expect(open.isClean && open.openCards == 10 && open.accounts[.escrow] == 10)
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let user = number == 0 ? lucky : UserID.new()
                        do {
                            _ = try await gems.gifts.redeem(code: code.lowercased(), by: user, request: "r\(number)")
                            return true
                        } catch PurchaseError.spentCard {
                            return false
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
            let report = try await gems.verify()
            #expect(report.isClean && report.openCards == 0 && report.balance == 12)
            await #expect(throws: PurchaseError.unknownCard) {
                try await gems.gifts.redeem(code: "NONE-NONE-NONE-NONE", by: lucky, request: "x")
            }
        }
    }

    @Test func `a redemption cut off after the card was taken is finished by its retry or the sweeper`() async throws {
        try await GemsFixture.run { gems in
            let (buyer, lucky) = (UserID.new(), UserID.new())
            try await gems.give(10, to: buyer)
            let code = try #require(try await gems.purchase("gift-10", by: buyer, key: "a").code)
            let id = GiftCode.cardID(of: code)
            try await gems.client.collection("gift_cards").update(
                ["_id": .string(id)],
                [
                    "$set": [
                        "state": "redeemed", "redeemedBy": .id(lucky), "redeemKey": "r",
                        "updatedAt": .instant(gems.now),
                    ]
                ])
            #expect(try await gems.ledger.head(of: lucky).balance == 0)
            try await gems.sweeper.pass()
            #expect(try await gems.ledger.head(of: lucky).balance == 10)
            let retry = try await gems.gifts.redeem(code: code, by: lucky, request: "r")
            #expect(retry.entry.seq == 1)
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `gems from young votes cannot become a gift`() async throws {
        try await GemsFixture.run { gems in
            let author = UserID.new()
            try await gems.setVotes(150, of: author)
            try await gems.settle(author)
            await #expect(throws: LedgerError.refused(.insufficientGems(balance: 0, wanted: 10))) {
                try await gems.purchase("gift-10", by: author, key: "a")
            }
            gems.advance(.hours(73))
            #expect(try await gems.purchase("gift-10", by: author, key: "a").code != nil)
            // The votes go: the card comes back before anything becomes debt.
            try await gems.setVotes(0, of: author)
            try await gems.settle(author)
            let head = try await gems.ledger.head(of: author)
            #expect(head.balance == 0 && head.debt == 0)
            let report = try await gems.verify()
            #expect(report.isClean && report.openCards == 0)
        }
    }

    @Test func `concurrent purchases for more than the balance leave exact books`() async throws {
        try await GemsFixture.run { gems in
            let users = (0..<4).map { _ in UserID.new() }
            for user in users { try await gems.give(25, to: user) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for user in users {
                    for number in 0..<8 {
                        group.addTask {
                            do {
                                _ = try await gems.purchase("ad-free-24h", by: user, key: "\(number)")
                            } catch LedgerError.refused(.insufficientGems) {
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            for user in users {
                let head = try await gems.ledger.head(of: user)
                #expect(head.balance == 5 && head.spent == 20 && head.seq == 3)
            }
            #expect(try await gems.verify().isClean)
        }
    }
}
