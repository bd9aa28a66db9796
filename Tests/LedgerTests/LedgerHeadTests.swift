import BSON
import Domain
import Records
import Security
import Testing

@testable import Ledger

struct LedgerHeadTests {
    static let noon = Instant(milliseconds: 1_790_000_000_000)

    private func posting(_ movement: Posting.Movement) -> Posting {
        Posting(movement, source: .admin, account: .promotions, key: "k")
    }

    private func applying(_ movements: [Posting.Movement]) throws -> LedgerHead {
        try movements.reduce(LedgerHead()) { try $0.applying(posting($1), at: Self.noon) }
    }

    @Test func `earnings raise the balance and count for the day`() throws {
        let head = try applying([.earn(base: 5, multiplier: 2), .earn(base: 1, multiplier: 1)])
        #expect(head.balance == 11 && head.earned == 11 && head.seq == 2)
        #expect(head.earned(onDayOf: Self.noon) == 11)
        #expect(head.earned(onDayOf: Self.noon + .days(1)) == 0)
    }

    @Test func `an entry is never made before the one it follows`() throws {
        let head = try applying([.earn(base: 5, multiplier: 1)])
        #expect(head.nextTime(clock: Self.noon - .days(1)) == Self.noon)
        #expect(head.nextTime(clock: Self.noon + .days(1)) == Self.noon + .days(1))
        let next = try head.applying(posting(.earn(base: 1, multiplier: 1)), at: Self.noon - .days(1))
        #expect(next.createdAt == Self.noon && next.earnedOnDay == 6)
    }

    @Test func `spending more than there is is refused and changes nothing`() throws {
        let head = try applying([.earn(base: 5, multiplier: 1)])
        #expect(throws: LedgerRefusal.insufficientGems(balance: 5, wanted: 6)) {
            try head.applying(posting(.spend(6)), at: Self.noon)
        }
        #expect(try head.applying(posting(.spend(5)), at: Self.noon).balance == 0)
    }

    @Test func `a hold is in no total until it is captured`() throws {
        let held = try applying([.earn(base: 10, multiplier: 1), .openHold(4)])
        #expect(held.balance == 6 && held.held == 4 && held.spent == 0)
        let captured = try held.applying(posting(.captureHold(4)), at: Self.noon)
        #expect(captured.balance == 6 && captured.held == 0 && captured.spent == 4)
        let voided = try held.applying(posting(.voidHold(4)), at: Self.noon)
        #expect(voided.balance == 10 && voided.held == 0 && voided.spent == 0)
    }

    @Test func `what is given back was not spent`() throws {
        let head = try applying([.earn(base: 10, multiplier: 1), .spend(6), .refund(6)])
        #expect(head.balance == 10 && head.spent == 0 && head.earned == 10)
    }

    @Test func `a good tells who may use it`() throws {
        let grant = Grant(productID: "p", kind: "cosmetic")
        let bought = Posting(.spend(1), source: .cosmetic, account: .burn, key: "own:p:0", grant: grant)
        let head = try applying([.earn(base: 1, multiplier: 1)])
        let entry = try LedgerEntry(bought, of: .new(), after: head, at: Self.noon)
        #expect(entry.events.map(\.type) == ["GemsSpent", "EntitlementGranted"])
    }

    @Test func `a claw-back stops at zero, and later earnings pay the debt first`() throws {
        let poor = try applying([
            .payVoteGem(1, multiplier: 2), .spend(1), .takeBackVoteGem(1, multiplier: 2),
        ])
        #expect(poor.balance == 0 && poor.debt == 1 && poor.paidGems == 0 && poor.peakGem == 1)
        let later = try poor.applying(posting(.earn(base: 3, multiplier: 1)), at: Self.noon)
        #expect(later.balance == 2 && later.debt == 0 && later.earned == 4)
    }

    @Test func `time never runs backwards within a person's books`() throws {
        let head = try applying([.earn(base: 1, multiplier: 1)])
        let next = try head.applying(posting(.earn(base: 1, multiplier: 1)), at: Self.noon - .hours(1))
        #expect(next.createdAt == Self.noon)
    }

    @Test func `an entry survives storage and its hash tells any change`() throws {
        var posting = Posting(
            .spend(3), source: .adFreePass, account: .burn, key: "buy:1", requestKey: "r", reference: ("product", "p"),
            description: "Ad-free",
            grant: Grant(productID: "p", kind: "ad_free_pass", expiresAt: Self.noon + .hours(24)))
        posting.metadata = ["note": "x"]
        let user = UserID.new()
        let head = try applying([.earn(base: 5, multiplier: 1)])
        let entry = try LedgerEntry(posting, of: user, after: head, at: Self.noon)
        #expect(try LedgerEntry(entry.document) == entry)
        #expect(entry.document == Self.tree(of: entry))
        #expect(entry.amount == -3 && entry.balanceAfter == 2 && entry.head.adFreeUntil == Self.noon + .hours(24))
        var other = posting
        other.description = "ad-free"
        #expect(try LedgerEntry(other, of: user, after: head, at: Self.noon).hash != entry.hash)
        #expect(LedgerEntry.id(of: user, key: "buy:1") == entry.id)
    }

    /// The order and types of the fields: hashes of entries that are stored rest on them.
    private static func tree(of entry: LedgerEntry) -> BSONDocument {
        var tree: BSONDocument = [
            "_id": .id(entry.id), "userId": .id(entry.userID), "seq": .int64(2), "type": "spend",
            "source": "ad_free_pass", "amount": .int64(-3),
        ]
        tree.append("balanceBefore", .int64(5))
        tree.append("balanceAfter", .int64(2))
        tree.append("multiplier", .double(1))
        tree.append("baseAmount", .int64(-3))
        tree.append("counterAccount", "burn")
        tree.append("idempotencyKey", "buy:1")
        tree.append("requestKey", "r")
        tree.append("referenceId", "p")
        tree.append("referenceType", "product")
        tree.append("description", "Ad-free")
        let expiry = BSONValue.instant(noon + .hours(24))
        let grant: BSONDocument = ["productId": "p", "kind": "ad_free_pass", "expiresAt": expiry]
        tree.append("metadata", .document(["note": "x", "grant": .document(grant)]))
        var head: BSONDocument = ["earned": .int64(5), "spent": .int64(3), "held": .int64(0), "paidGems": .int64(0)]
        head.append("peakGem", .int64(0))
        head.append("day", .string(noon.utcDay))
        head.append("earnedOnDay", .int64(5))
        head.append("adFreeUntil", expiry)
        tree.append("head", .document(head))
        tree.append("debtBefore", .int64(0))
        tree.append("debtAfter", .int64(0))
        tree.append("previousHash", .binary(BSONBinary(bytes: entry.previousHash)))
        tree.append("createdAt", .instant(noon))
        #expect(entry.hash == SHA256.hash(tree.encode()))
        tree.append("hash", .binary(BSONBinary(bytes: entry.hash)))
        tree.append("outbox", .array([]))
        return tree
    }
}
