import BSON
import Domain
import Ledger
import MongoClient
import Records
import Runtime
import Telemetry

/// Gems that somebody is owed for something else than votes; the key makes a second payment impossible.
struct Bonus: Equatable, Sendable {
    let user: UserID
    let key: String
    let gems: Gems
    let source: EntrySource
    let reference: (type: String, id: String)
    let description: String

    static func == (left: Self, right: Self) -> Bool { left.user == right.user && left.key == right.key }
}

/// Pays bonuses under the same caps as vote gems: what a day has no room for waits in `due_bonuses`, and is never dropped.
struct PayBonus: Sendable {
    let ledger: Ledger
    let economy: EconomyConfiguration
    let budget: EmissionBudget
    private let waiting: MongoCollection

    private static let postponed = Metrics.shared.counter(
        "circle_gems_bonuses_deferred_total", help: "Bonuses deferred by a cap.", labels: ["cap"])

    init(ledger: Ledger, database: MongoDatabase, economy: EconomyConfiguration, budget: EmissionBudget) {
        self.ledger = ledger
        self.economy = economy
        self.budget = budget
        waiting = database.collection(GemCollections.dueBonuses.name)
    }

    /// - Returns: the entry; nil while the bonus waits for another day.
    @discardableResult
    func callAsFunction(_ bonus: Bonus) async throws -> LedgerEntry? {
        let share = BudgetShare(of: budget)
        do throws(LedgerError) {
            let outcome = try await ledger.post(to: bonus.user, key: bonus.key) { head, now throws(LedgerError) in
                try await posting(bonus, after: head, at: now, share)
            }
            if !outcome.isNew { share.giveBack() }
            return outcome.entry
        } catch {
            guard case .refused(.declined(let cap)) = error else { throw error.cause }
            share.giveBack()
            Self.postponed.with(cap).increment()
            try await postpone(bonus, until: ledger.currentTime.nextUTCDay)
            return nil
        }
    }

    /// Pays what has waited until now, in the order in which it fell due.
    ///
    /// - Returns: how many were paid.
    @discardableResult
    func payWaiting(limit: Int = 1_000) async throws -> Int {
        let now = ledger.currentTime
        let rows = try await waiting.find(
            ["deferredUntil": ["$lte": .instant(now)]], sort: ["deferredUntil": 1, "createdAt": 1], limit: limit)
        var paid = 0
        for row in rows {
            guard let bonus = try Bonus(row), let id = row["_id"] else { continue }
            guard try await self(bonus) != nil else { continue }
            _ = try await waiting.delete(["_id": id])
            paid += 1
        }
        return paid
    }

    private func posting(
        _ bonus: Bonus, after head: LedgerHead, at now: Instant, _ share: BudgetShare
    ) async throws(LedgerError) -> Posting {
        guard head.earned(onDayOf: now) + bonus.gems <= Gems(economy.dailyEmissionPerPerson) else {
            throw .refused(.declined("person"))
        }
        guard try await share.cover(bonus.gems, at: now) else { throw .refused(.declined("budget")) }
        return Posting(
            .earn(base: bonus.gems, multiplier: 1), source: bonus.source, account: .promotions, key: bonus.key,
            reference: bonus.reference, description: bonus.description)
    }

    /// Has it paid by the first sweep from `due` on. Of one that is paid already nothing comes but the entry that it has.
    func postpone(_ bonus: Bonus, until due: Instant) async throws(MongoError) {
        _ = try await waiting.update(
            ["_id": ["user": .id(bonus.user), "key": .string(bonus.key)]],
            [
                "$set": ["deferredUntil": .instant(due)],
                "$setOnInsert": [
                    "gems": .gems(bonus.gems), "source": .string(bonus.source.rawValue),
                    "referenceType": .string(bonus.reference.type), "referenceId": .string(bonus.reference.id),
                    "description": .string(bonus.description), "createdAt": .instant(ledger.currentTime),
                ],
            ], upsert: true)
    }
}

extension Bonus {
    /// - Returns: nil for a row without an id.
    fileprivate init?(_ row: BSONDocument) throws(BSONError) {
        guard let id = row.document("_id") else { return nil }
        user = try id.requireID("user")
        key = try id.requireString("key")
        gems = try row.requireGems("gems")
        source = try row.requireCase("source")
        reference = (row.string("referenceType") ?? "", row.string("referenceId") ?? "")
        description = try row.requireString("description")
    }
}
