package import BSON
package import Domain
import Records
import Security

/// Replays one person's entries from the first and tells everything that does not follow from what came before.
package struct LedgerAudit: Sendable {
    package struct Fault: Equatable, Sendable {
        package let userID: UserID
        /// The entry at fault; nil where the fault is in what they add up to.
        package let entryID: String?
        package let seq: Int64
        package let reason: String
    }

    package let userID: UserID
    package private(set) var head = LedgerHead()
    package private(set) var faults: [Fault] = []
    /// What the person's entries moved into each account; with the balance they add to zero.
    package private(set) var accounts: [SystemAccount: Gems] = [:]
    /// Holds that no entry has closed yet, by their names.
    package private(set) var openHolds: [String: Gems] = [:]
    /// Gems from votes that were paid and not taken back, times their multipliers.
    package private(set) var voteGems: Gems = 0
    /// Debts that earnings of other kinds than votes paid: gems that the mint gave and never got back.
    package private(set) var repaidByBonuses: Gems = 0
    /// Gift cards this person paid for, and got back, by their ids.
    package private(set) var giftsPaid: [String: Gems] = [:]
    package private(set) var giftsReceived: [String: Gems] = [:]
    /// The newest entry of each UTC day on which the person made any, with how many these were.
    package private(set) var days: [(day: CivilDate, seq: Int64, hash: [UInt8], entries: Int64)] = []
    private var votePayments: [Int64: Int64] = [:]

    package init(of user: UserID) { userID = user }

    /// Takes the next entry, in the order of their numbers.
    package mutating func take(_ document: BSONDocument) {
        let entry: LedgerEntry
        do throws(BSONError) {
            entry = try LedgerEntry(document)
        } catch {
            report("cannot be read: \(error)", document.objectID("_id")?.hex, document.int64("seq") ?? head.seq + 1)
            return
        }
        checkChain(entry, document)
        checkSums(entry)
        account(for: entry)
        head = entry.head
        noteDay(of: entry)
    }

    private mutating func noteDay(of entry: LedgerEntry) {
        let day = entry.createdAt.utcDate
        let before = days.last?.day == day ? days.removeLast().entries : 0
        days.append((day, entry.seq, entry.hash, before + 1))
    }

    private mutating func checkChain(_ entry: LedgerEntry, _ document: BSONDocument) {
        expect(entry.seq == head.seq + 1, entry, "follows number \(head.seq)")
        expect(entry.previousHash == head.hash, entry, "does not carry the hash of the entry before it")
        var signed = document
        signed["hash"] = nil
        signed["outbox"] = nil
        expect(SHA256.hash(signed.encode()) == entry.hash, entry, "was changed after it was made")
        expect(entry.createdAt >= head.createdAt, entry, "is older than the entry before it")
        expect(
            LedgerEntry.id(of: userID, key: entry.key) == entry.id, entry, "has an id that does not follow from its key"
        )
    }

    private mutating func checkSums(_ entry: LedgerEntry) {
        expect(entry.balanceBefore == head.balance, entry, "begins at \(entry.balanceBefore), not at \(head.balance)")
        expect(entry.debtBefore == head.debt, entry, "begins with a debt of \(entry.debtBefore), not \(head.debt)")
        expect(entry.balanceAfter == entry.balanceBefore + entry.amount, entry, "does not add up")
        expect(entry.balanceAfter >= 0, entry, "leaves less than nothing")
        expect(entry.account == entry.source.account ?? entry.account, entry, "is on account \(entry.account)")
        guard let movement = entry.movement else { return report("has no meaning", entry.id.hex, entry.seq) }
        let posting = Posting(
            movement, source: entry.source, account: entry.account, key: entry.key, grant: entry.grant)
        do throws(LedgerRefusal) {
            var expected = try head.applying(posting, at: entry.createdAt)
            expected.hash = entry.hash
            expect(expected == entry.head, entry, "adds up to something else than its movement")
        } catch {
            report("could not have been made: \(error)", entry.id.hex, entry.seq)
        }
    }

    private mutating func account(for entry: LedgerEntry) {
        accounts[entry.account, default: 0] = (accounts[entry.account] ?? 0) - entry.amount
        if entry.type == .earn, entry.account != .mint {
            repaidByBonuses = repaidByBonuses + (entry.debtBefore - entry.head.debt)
        }
        switch entry.source {
        case .generation where entry.type == .spend: openHolds[entry.key] = entry.heldAmount
        case .holdCapture, .holdVoid:
            let hold = "hold:" + entry.key.dropFirst("close:".count)
            expect(openHolds.removeValue(forKey: hold) == entry.heldAmount, entry, "closes a hold that is not open")
            guard entry.source == .holdCapture else { break }
            accounts[.escrow, default: 0] = (accounts[.escrow] ?? 0) - entry.heldAmount
            accounts[.burn, default: 0] = (accounts[.burn] ?? 0) + entry.heldAmount
        case .votes, .reversal: accountVotes(entry)
        case .giftCard:
            giftsPaid[entry.referenceID ?? "", default: 0] = (giftsPaid[entry.referenceID ?? ""] ?? 0) - entry.amount
        case .gift:
            giftsReceived[entry.referenceID ?? "", default: 0] =
                (giftsReceived[entry.referenceID ?? ""] ?? 0) + entry.amount
        default: break
        }
    }

    /// Pays and takings back of one gem alternate, under keys that count them.
    private mutating func accountVotes(_ entry: LedgerEntry) {
        guard let gem = entry.voteGem else { return report("names no gem", entry.id.hex, entry.seq) }
        let step = votePayments[gem, default: 0]
        expect(entry.key == "votes:\(gem):\(step)", entry, "is step \(step) of gem \(gem) under another key")
        expect(
            (entry.source == .votes) == step.isMultiple(of: 2), entry, "pays where it should take back, or the reverse")
        votePayments[gem] = step + 1
        let gross = Gems(1).multiplied(by: entry.multiplier)
        voteGems = entry.source == .votes ? voteGems + gross : voteGems - gross
    }

    private mutating func expect(_ condition: Bool, _ entry: LedgerEntry, _ reason: String) {
        if !condition { report(reason, entry.id.hex, entry.seq) }
    }

    private mutating func report(_ reason: String, _ entryID: String?, _ seq: Int64) {
        faults.append(Fault(userID: userID, entryID: entryID, seq: seq, reason: reason))
    }
}

extension LedgerEntry {
    /// The movement that the entry made, as its other fields tell.
    var movement: Posting.Movement? {
        switch (type, source) {
        case (.earn, .votes): voteGem.map { .payVoteGem($0, multiplier: multiplier) }
        case (.adminAdjust, .reversal): voteGem.map { .takeBackVoteGem($0, multiplier: multiplier) }
        case (.earn, _): .earn(base: baseAmount, multiplier: multiplier)
        case (.spend, .holdCapture): .captureHold(heldAmount)
        case (.spend, .generation): .openHold(heldAmount)
        case (.spend, _): .spend(-amount)
        case (.refund, .holdVoid): .voidHold(heldAmount)
        case (.refund, _): .refund(amount)
        case (.adminAdjust, _): .adjust(amount)
        }
    }
}
