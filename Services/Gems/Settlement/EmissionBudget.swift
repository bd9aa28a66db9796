import BSON
import Domain
import MongoClient
import Records
import Runtime

/// What was taken out of a day's budget for an entry that is to be made. Midnight makes it worth nothing: the entry then
/// needs a share of the new day.
struct BudgetShare: Sendable {
    private(set) var gems: Gems = 0
    private(set) var takenAt = Instant(milliseconds: 0)

    func worth(at now: Instant) -> Gems { takenAt.utcDay == now.utcDay ? gems : 0 }

    mutating func add(_ more: Gems, at now: Instant) { (gems, takenAt) = (worth(at: now) + more, now) }
}

/// The day's gems for everybody, leased from one document in blocks.
///
/// What is leased and not used when a process ends is lost for the day: less may be given out than the budget, never
/// more. Until the block at hand is used up nobody waits for the document.
final class EmissionBudget: Sendable {
    private struct Lease {
        var day = ""
        var left: Int64 = 0
    }

    private let collection: MongoCollection
    private let limit: Int64
    private let block: Int64
    private let lease = Locked(Lease())

    init(database: MongoDatabase, economy: EconomyConfiguration, block: Int64 = 100) {
        collection = database.collection(GemCollections.emission.name)
        limit = economy.dailyEmissionInAll
        self.block = min(block, max(1, limit / 10))
    }

    /// Takes gems out of the budget of the day of `now`.
    ///
    /// - Returns: false when the day's budget is used up.
    func take(_ gems: Gems, at now: Instant) async throws(MongoError) -> Bool {
        let day = now.utcDay
        if takeLeased(gems.count, day: day) { return true }
        for wanted in Set([max(block, gems.count), gems.count]).sorted(by: >) {
            guard try await lease(wanted, day: day, at: now) else { continue }
            if takeLeased(gems.count, day: day) { return true }
        }
        return false
    }

    /// Leases at once what a batch is about to take, where the day has so much: the document is asked once for all of it.
    func prepare(for gems: Gems, at now: Instant) async throws(MongoError) {
        let day = now.utcDay
        let missing = gems.count - lease.withLock { $0.day == day ? $0.left : 0 }
        if missing > block { try await lease(missing, day: day, at: now) }
    }

    /// Puts back what was taken for an entry that was not made.
    ///
    /// - Parameter instant: when it was taken, not when it comes back: gems of yesterday are none of today's.
    func giveBack(_ gems: Gems, takenAt instant: Instant) {
        lease.withLock { if gems > 0, $0.day == instant.utcDay { $0.left += gems.count } }
    }

    func giveBack(_ share: BudgetShare) { giveBack(share.gems, takenAt: share.takenAt) }

    private func takeLeased(_ count: Int64, day: String) -> Bool {
        lease.withLock { lease in
            guard lease.day == day, lease.left >= count else { return false }
            lease.left -= count
            return true
        }
    }

    @discardableResult
    private func lease(_ count: Int64, day: String, at now: Instant) async throws(MongoError) -> Bool {
        guard try await extend(by: count, day: day, at: now) else { return false }
        lease.withLock { lease in
            if lease.day != day { lease = Lease(day: day) }
            lease.left += count
        }
        return true
    }

    private func extend(by count: Int64, day: String, at now: Instant) async throws(MongoError) -> Bool {
        do throws(MongoError) {
            // Without a document the upsert makes one; with one that has too little left it makes a duplicate.
            _ = try await collection.update(
                ["_id": .string(day), "issued": ["$lte": .int64(limit - count)]],
                ["$inc": ["issued": .int64(count)], "$set": ["updatedAt": .instant(now)]], upsert: true)
            return true
        } catch {
            if error.isDuplicateKey { return false }
            throw error
        }
    }
}
