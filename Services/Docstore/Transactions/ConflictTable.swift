enum ConflictKey: Hashable {
    case document(RecordID)
    /// A key of a unique index: the index's number and the encoded key.
    case unique(index: Int, key: [UInt8])
}

/// Which uncommitted transaction holds which document or unique key, and what was committed lately, so that a
/// transaction notices what happened after its snapshot. Everybody who uses it holds the store's write lock: hence
/// `@unchecked Sendable`.
final class ConflictTable: @unchecked Sendable {
    private var holders: [ConflictKey: Int64] = [:]
    /// Commit sequences of what changed while transactions were open.
    private var recent: [ConflictKey: Int64] = [:]
    /// The snapshots of open transactions.
    private var open: [Int64: Int64] = [:]
    private var lastTransaction: Int64 = 0
    private static let recentBeforePruning = 10_000

    /// Whether a writer outside of transactions has anything to look out for.
    var isQuiet: Bool { holders.isEmpty }
    var hasOpenTransactions: Bool { !open.isEmpty }

    func begin(snapshot: Int64) -> Int64 {
        lastTransaction += 1
        open[lastTransaction] = snapshot
        return lastTransaction
    }

    func closed(_ transaction: Int64, holding keys: Set<ConflictKey>) {
        open[transaction] = nil
        for key in keys { holders[key] = nil }
        if open.isEmpty { recent = [:] }
        if recent.count > Self.recentBeforePruning, let oldest = open.values.min() {
            recent = recent.filter { $0.value > oldest }
        }
    }

    func holder(of key: ConflictKey) -> Int64? { holders[key] }

    /// - Returns: false if another transaction holds the key or it changed after the transaction's snapshot.
    func take(_ key: ConflictKey, for transaction: Int64) -> Bool {
        if let holder = holders[key] { return holder == transaction }
        if let changed = recent[key], changed > open[transaction] ?? 0 { return false }
        holders[key] = transaction
        return true
    }

    func noteCommitted(_ keys: [ConflictKey], at sequence: Int64) {
        guard hasOpenTransactions else { return }
        for key in keys { recent[key] = sequence }
    }
}
