package import BSON
package import Domain
import Events
import Records
import Security

/// One line of a person's books. Never changed, never removed.
package struct LedgerEntry: Equatable, Sendable {
    package let id: TransactionID
    package let userID: UserID
    package let type: EntryType
    package let source: EntrySource
    package let account: SystemAccount
    package let amount: Gems
    package let balanceBefore: Gems
    package let baseAmount: Gems
    package let multiplier: Double
    package let key: String
    package let requestKey: String?
    package let referenceID: String?
    package let referenceType: String?
    package let description: String
    package let grant: Grant?
    package let metadata: BSONDocument
    package let debtBefore: Gems
    package let previousHash: [UInt8]
    /// Everything after this entry: balance, debt, sums, number, time, hash.
    package fileprivate(set) var head: LedgerHead

    package var seq: Int64 { head.seq }
    package var balanceAfter: Gems { head.balance }
    package var createdAt: Instant { head.createdAt }
    package var hash: [UInt8] { head.hash }

    /// The entry that a posting makes after `before`.
    init(
        _ posting: Posting, of user: UserID, after before: LedgerHead, at now: Instant
    ) throws(LedgerRefusal) {
        self = try NewEntry(posting, of: user, after: before, at: now).entry
    }

    /// The same without its hash.
    fileprivate init(
        unsigned posting: Posting, of user: UserID, after before: LedgerHead, at now: Instant
    ) throws(LedgerRefusal) {
        head = try before.applying(posting, at: now)
        id = Self.id(of: user, key: posting.key)
        userID = user
        type = posting.type
        source = posting.source
        account = posting.account
        amount = head.balance - before.balance
        balanceBefore = before.balance
        (baseAmount, multiplier) = posting.movement.base
        key = posting.key
        requestKey = posting.requestKey
        referenceID = posting.referenceID
        referenceType = posting.referenceType
        description = posting.description
        grant = posting.grant
        var metadata = posting.metadata ?? [:]
        switch posting.movement {
        case .captureHold(let held), .voidHold(let held), .openHold(let held): metadata["held"] = .gems(held)
        case .payVoteGem(let gem, _), .takeBackVoteGem(let gem, _): metadata["gem"] = .int64(gem)
        default: break
        }
        self.metadata = metadata
        debtBefore = before.debt
        previousHash = before.hash
    }

    /// The same person and key give the same id, in every process.
    package static func id(of user: UserID, key: String) -> TransactionID {
        TransactionID(.deriving(["ledger", user.hex, key]))
    }

    var fullMetadata: BSONDocument {
        var document = metadata
        guard let grant else { return document }
        var granted: BSONDocument = ["productId": .string(grant.productID), "kind": .string(grant.kind)]
        granted.append("expiresAt", ifPresent: grant.expiresAt.map { .instant($0) })
        document["grant"] = .document(granted)
        return document
    }
}

/// An entry that is to be made, and what goes with it into the database: the bytes that its hash covers, which are written
/// once, and the events that it tells. A class: an entry is large, and hundreds are handed on together.
package final class NewEntry: Sendable {
    package let entry: LedgerEntry
    let signed: [UInt8]
    let events: [OutgoingEvent]

    init(
        _ posting: Posting, of user: UserID, after before: LedgerHead, at now: Instant
    ) throws(LedgerRefusal) {
        var entry = try LedgerEntry(unsigned: posting, of: user, after: before, at: now)
        signed = entry.signedBytes
        entry.head.hash = SHA256.hash(signed)
        self.entry = entry
        events = entry.events
    }

    /// As it is inserted: with its hash and the events that it tells.
    func write(to writer: inout BSONWriter) {
        writer.append(fieldsOf: signed)
        entry.writeUnsigned(telling: events, to: &writer)
    }
}

extension LedgerEntry {
    package init(_ document: BSONDocument) throws(BSONError) {
        id = try document.requireID("_id")
        userID = try document.requireID("userId")
        type = try document.requireCase("type")
        source = try document.requireCase("source")
        account = try document.requireCase("counterAccount")
        amount = try document.requireGems("amount")
        balanceBefore = try document.requireGems("balanceBefore")
        baseAmount = try document.requireGems("baseAmount")
        multiplier = try document.requireDouble("multiplier")
        key = try document.requireString("idempotencyKey")
        requestKey = document.string("requestKey")
        referenceID = document.string("referenceId")
        referenceType = document.string("referenceType")
        description = document.string("description") ?? ""
        var metadata = document.document("metadata") ?? [:]
        grant = try metadata.document("grant").map { (granted) throws(BSONError) in
            Grant(
                productID: try granted.requireString("productId"), kind: try granted.requireString("kind"),
                expiresAt: granted.instant("expiresAt"))
        }
        metadata["grant"] = nil
        self.metadata = metadata
        debtBefore = try document.requireGems("debtBefore")
        previousHash = try document.requireBytes("previousHash")
        var head = LedgerHead()
        try head.read(try document.requireDocument("head"))
        head.seq = try document.requireInt64("seq")
        head.balance = try document.requireGems("balanceAfter")
        head.debt = try document.requireGems("debtAfter")
        head.hash = try document.requireBytes("hash")
        head.createdAt = try document.requireInstant("createdAt")
        self.head = head
    }

    /// The amount in the hold that the entry opens or closes.
    package var heldAmount: Gems { metadata.int64("held").map { Gems($0) } ?? 0 }

    /// Which vote gem the entry pays or takes back.
    package var voteGem: Int64? { metadata.int64("gem") }
}

extension Posting.Movement {
    var base: (Gems, Double) {
        switch self {
        case .earn(let base, let multiplier): (base, multiplier)
        case .payVoteGem(_, let multiplier): (1, multiplier)
        case .takeBackVoteGem(_, let multiplier): (-1, multiplier)
        case .spend(let amount), .openHold(let amount): (-amount, 1)
        case .captureHold: (0, 1)
        case .voidHold(let amount), .refund(let amount), .adjust(let amount): (amount, 1)
        }
    }
}
