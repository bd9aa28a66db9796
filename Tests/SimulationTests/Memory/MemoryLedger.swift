import Domain

@testable import Ledger

/// Everybody's entries with the two unique keys that the database keeps, and the gems whose multiplier is fixed.
final class MemoryLedger {
    enum Insertion: Equatable { case inserted, keyTaken, numberTaken }

    private(set) var entries: [UserID: [LedgerEntry]] = [:]
    private var multipliers: [String: Double] = [:]
    private(set) var deferred: [String: Instant] = [:]

    func head(of user: UserID) -> LedgerHead { entries[user]?.last?.head ?? LedgerHead() }

    func entry(of user: UserID, key: String) -> LedgerEntry? { entries[user]?.first { $0.key == key } }

    func nextStep(ofGem gem: Int64, for user: UserID) -> Int64 {
        Int64(entries[user]?.count { $0.key.hasPrefix("votes:\(gem):") } ?? 0)
    }

    /// - Parameter isGuarded: false plants a fault: no unique index on (person, key).
    func insert(_ entry: LedgerEntry, isGuarded: Bool = true) -> Insertion {
        if isGuarded, self.entry(of: entry.userID, key: entry.key) != nil { return .keyTaken }
        guard entry.seq == head(of: entry.userID).seq + 1 else { return .numberTaken }
        entries[entry.userID, default: []].append(entry)
        return .inserted
    }

    /// The unique insert that fixes a gem's multiplier: the first one's holds.
    func multiplier(ofGem gem: Int64, author: UserID, deciding decided: Double) -> Double {
        let fixed = multipliers["\(author) \(gem)"] ?? decided
        multipliers["\(author) \(gem)"] = fixed
        return fixed
    }

    func postpone(_ gem: Int64, of author: UserID, until day: Instant) { deferred["\(author) \(gem)"] = day }

    func forgetDue(of author: UserID, at now: Instant) {
        deferred = deferred.filter { !$0.key.hasPrefix("\(author) ") || $0.value > now }
    }

    func settled(_ gem: Int64, of author: UserID) { deferred["\(author) \(gem)"] = nil }
}
