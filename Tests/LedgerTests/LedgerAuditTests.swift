import BSON
import Domain
import Security
import Testing

@testable import Ledger

/// What verification says of books in which one entry was forged by somebody who can compute hashes too.
struct LedgerAuditTests {
    private static let noon = Instant(milliseconds: 1_790_000_000_000)
    private static let user = UserID(.init(high: 3, low: 9))

    private static func vote(_ gem: Int64, _ step: Int) -> Posting {
        Posting(
            step.isMultiple(of: 2) ? .payVoteGem(gem, multiplier: 1) : .takeBackVoteGem(gem, multiplier: 1),
            source: step.isMultiple(of: 2) ? .votes : .reversal, account: .mint, key: "votes:\(gem):\(step)")
    }

    private static let opening = [
        Posting(.earn(base: 9, multiplier: 1), source: .admin, account: .promotions, key: "start"), vote(1, 0),
        Posting(.openHold(3), source: .generation, account: .escrow, key: "hold:job"),
    ]

    private static func capture(_ gems: Gems, key: String = "close:job") -> Posting {
        Posting(.captureHold(gems), source: .holdCapture, account: .escrow, key: key)
    }

    private static let purchase = Posting(.spend(4), source: .cosmetic, account: .burn, key: "buy:1")

    /// - Parameter forging: changes the last entry, whose hash is computed again.
    private func audit(
        _ last: Posting, hashing: Bool = true, _ forging: (inout BSONDocument) -> Void = { _ in }
    ) throws -> (audit: LedgerAudit, last: LedgerEntry) {
        var (entries, head) = ([LedgerEntry](), LedgerHead())
        for (second, posting) in (Self.opening + [last]).enumerated() {
            let entry = try LedgerEntry(posting, of: Self.user, after: head, at: Self.noon + .seconds(second))
            entries.append(entry)
            head = entry.head
        }
        var forged = try #require(entries.last).document
        forging(&forged)
        if hashing {
            var signed = forged
            signed["hash"] = nil
            signed["outbox"] = nil
            forged["hash"] = .binary(BSONBinary(bytes: SHA256.hash(signed.encode())))
        }
        var audit = LedgerAudit(of: Self.user)
        for entry in entries.dropLast() { audit.take(entry.document) }
        audit.take(forged)
        return (audit, try #require(entries.last))
    }

    private func expect(
        _ reason: String, of last: Posting, hashing: Bool = true, _ forging: (inout BSONDocument) -> Void = { _ in },
        location: SourceLocation = #_sourceLocation
    ) throws {
        let (audit, entry) = try audit(last, hashing: hashing, forging)
        let found = audit.faults.contains { $0.reason.contains(reason) && $0.userID == Self.user }
        #expect(found, "\(reason): \(audit.faults)", sourceLocation: location)
        if last.key == entry.key, reason != "has an id" {
            #expect(audit.faults.allSatisfy { $0.entryID == entry.id.hex }, sourceLocation: location)
        }
    }

    @Test func `right books have no faults and add to zero`() throws {
        for last in [Self.capture(3), Self.purchase, Self.vote(1, 1), Self.vote(2, 0)] {
            let audit = try audit(last).audit
            #expect(audit.faults == [] && audit.head.seq == 4)
            #expect(audit.accounts.values.reduce(audit.head.balance, +) == 0)
        }
        #expect(try audit(Self.purchase).audit.openHolds == ["hold:job": 3])
        let captured = try audit(Self.capture(3)).audit
        #expect(captured.openHolds == [:] && captured.accounts[.escrow] == 0 && captured.accounts[.burn] == 3)
    }

    @Test func `an entry out of its place in the chain is named`() throws {
        try expect("follows number 3", of: Self.purchase) { $0["seq"] = .int64(5) }
        try expect("does not carry the hash", of: Self.purchase) {
            $0["previousHash"] = .binary(BSONBinary(bytes: [UInt8](repeating: 1, count: 32)))
        }
        try expect("was changed after", of: Self.purchase, hashing: false) { $0["description"] = "free" }
        try expect("is older than", of: Self.purchase) { $0["createdAt"] = .instant(Self.noon) }
        try expect("has an id", of: Self.purchase) { $0["_id"] = .objectID(ObjectID()) }
    }

    @Test func `an entry whose figures do not follow is named`() throws {
        try expect("begins at 9, not at 7", of: Self.purchase) {
            $0["balanceBefore"] = .int64(9)
            $0["amount"] = .int64(-6)
        }
        try expect("begins with a debt of 1, not 0", of: Self.purchase) { $0["debtBefore"] = .int64(1) }
        try expect("does not add up", of: Self.purchase) { $0["amount"] = .int64(-3) }
        try expect("adds up to something else", of: Self.vote(2, 0)) {
            $0["amount"] = .int64(100)
            $0["balanceAfter"] = .int64(107)
        }
        try expect("could not have been made", of: Self.purchase) {
            $0["amount"] = .int64(-40)
            $0["balanceAfter"] = .int64(-33)
        }
        try expect("leaves less than nothing", of: Self.purchase) {
            $0["amount"] = .int64(-40)
            $0["balanceAfter"] = .int64(-33)
        }
    }

    @Test func `a sum that the entry carries and its movement does not make is named`() throws {
        for field in ["earned", "spent", "held", "paidGems", "peakGem", "earnedOnDay"] {
            try expect("adds up to something else", of: Self.purchase) { entry in
                var head = entry.document("head") ?? [:]
                head[field] = .int64((head.int64(field) ?? 0) + 1)
                entry["head"] = .document(head)
            }
        }
    }

    @Test func `a hold closed twice, for another sum or under another name is named`() throws {
        try expect("closes a hold that is not open", of: Self.capture(2))
        try expect("closes a hold that is not open", of: Self.capture(3, key: "close:other"))
    }

    @Test func `a gem paid twice, or under the key of another step, is named`() throws {
        var again = Self.vote(1, 0)
        again.key = "votes:1:1"
        try expect("pays where it should take back", of: again)
        try expect("is step 0 of gem 2 under another key", of: Self.vote(2, 2))
        try expect("is step 1 of gem 1 under another key", of: Self.vote(1, 3))
    }

    @Test func `an entry on an account that is not its source's is named`() throws {
        try expect("is on account promotions", of: Self.purchase) { $0["counterAccount"] = "promotions" }
        try expect("is on account burn", of: Self.capture(3)) { $0["counterAccount"] = "burn" }
        try expect("is on account sales", of: Self.vote(2, 0)) { $0["counterAccount"] = "sales" }
    }

    @Test func `an entry that means nothing or cannot be read is named`() throws {
        try expect("has no meaning", of: Self.vote(2, 0)) { $0["metadata"] = .document([:]) }
        try expect("names no gem", of: Self.vote(2, 0)) { $0["metadata"] = .document([:]) }
        try expect("cannot be read", of: Self.purchase) { $0["counterAccount"] = "pocket" }
    }
}
