import BSON
import Domain
import MongoClient
import Records
import Runtime

/// The day's gems for everybody, leased from one document in blocks.
///
/// What is leased and not used when a process ends is lost for the day: less may be given out than the budget, never
/// more. Until the block at hand is used up nobody waits for the document.
final class EmissionBudget: Sendable {
    /// What is left of leases, by day. Two of them are kept: at midnight clocks differ, and entries are never made before
    /// those they follow, whatever the day is here.
    private struct Leases {
        private var left: [String: Int64] = [:]

        func left(on day: String) -> Int64 { left[day] ?? 0 }

        mutating func add(_ count: Int64, on day: String) {
            left[day, default: 0] += count
            if left.count > 2, let oldest = left.keys.min() { left[oldest] = nil }
        }

        mutating func giveBack(_ count: Int64, on day: String) { left[day]? += count }

        mutating func take(_ count: Int64, on day: String) -> Bool {
            guard left(on: day) >= count else { return false }
            left[day, default: 0] -= count
            return true
        }
    }

    private let collection: MongoCollection
    private let limit: Int64
    private let block: Int64
    private let leases = Locked(Leases())

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
        let missing = gems.count - leases.withLock { $0.left(on: day) }
        if missing > block { try await lease(missing, day: day, at: now) }
    }

    /// Puts back what was taken for an entry that was not made.
    ///
    /// - Parameter instant: when it was taken, not when it comes back: gems of yesterday are none of today's.
    func giveBack(_ gems: Gems, takenAt instant: Instant) {
        leases.withLock { $0.giveBack(gems.count, on: instant.utcDay) }
    }

    private func takeLeased(_ count: Int64, day: String) -> Bool {
        leases.withLock { $0.take(count, on: day) }
    }

    @discardableResult
    private func lease(_ count: Int64, day: String, at now: Instant) async throws(MongoError) -> Bool {
        guard try await extend(by: count, day: day, at: now) else { return false }
        leases.withLock { $0.add(count, on: day) }
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
