import BSON
import Domain
import Events
import Ledger
import MongoClient
import Records

/// Counts the days on which people come back, and awards them.
///
/// The awards come first and the streak is stored after: a crash in between repeats awards under the same keys, which
/// gives nothing twice, and stores the streak then.
struct AwardStreaks: Sendable {
    let pay: PayBonus
    let rules: StreakRules
    let localTime: LocalTime
    private let streaks: MongoCollection
    private let outbox: Outbox?

    init(
        pay: PayBonus, database: MongoDatabase, localTime: LocalTime, bus: EventBus?
    ) {
        self.pay = pay
        rules = StreakRules(economy: pay.economy)
        self.localTime = localTime
        let collection = database.collection(GemCollections.streaks.name)
        streaks = collection
        outbox = bus.map { Outbox(collection: collection, bus: $0) }
    }

    /// Takes one activity into account; nothing for the second of a day.
    func callAsFunction(_ user: UserID, activeAt instant: Instant, timeZone: String) async throws {
        let offset = localTime.utcOffset(of: timeZone, at: instant)
        for _ in 0..<20 {
            let stored = try await streaks.findByID(.id(user))
            let streak = Self.streak(stored)
            guard let step = rules.step(streak, activeAt: instant, utcOffset: offset) else { return }
            let awarded = try await award(step, to: user)
            if try await store(step, for: user, over: stored, awarded: awarded, at: instant) { return }
        }
        throw MongoError.transient("too many activities of one person at once")
    }

    private func award(_ step: StreakStep, to user: UserID) async throws -> Gems {
        var sum: Gems = 0
        for award in step.awards {
            let (gems, source, name, text) = Self.terms(of: award, day: step.streak.current)
            let bonus = Bonus(
                user: user, key: "\(name):\(step.day)", gems: gems, source: source,
                reference: ("streak", "\(step.day)"), description: text)
            if let due = step.awardsWaitUntil {
                try await pay.postpone(bonus, until: due)
            } else {
                try await pay(bonus)
            }
            sum = sum + gems
        }
        return sum
    }

    private static func terms(of award: StreakStep.Award, day: Int) -> (Gems, EntrySource, String, String) {
        switch award {
        case .dailyLogin(let gems): (gems, .dailyLogin, "login", "Daily login")
        case .week(let gems): (gems, .streakBonus, "streak-week", "\(day) days in a row")
        case .month(let gems): (gems, .streakBonus, "streak-month", "\(day) days in a row")
        }
    }

    /// - Returns: false when another process changed the streak meanwhile.
    private func store(
        _ step: StreakStep, for user: UserID, over stored: BSONDocument?, awarded: Gems, at instant: Instant
    ) async throws -> Bool {
        let version = stored?.int64("version") ?? 0
        let event = OutgoingEvent(
            StreakExtended(
                userID: user, current: step.streak.current, longest: step.streak.longest, day: "\(step.day)",
                awarded: awarded, at: instant),
            at: instant)
        var set: BSONDocument = [
            "current": .int32(Int32(step.streak.current)), "longest": .int32(Int32(step.streak.longest)),
            "updatedAt": .instant(instant), "version": .int64(version + 1),
        ]
        set.append("lastDay", ifPresent: step.streak.lastDay.map { .string($0) })
        set.append("lastAwardAt", ifPresent: step.streak.lastAwardAt.map { .date($0) })
        do throws(MongoError) {
            // Without a version in the store the filter matches nothing, and the upsert makes the row, once.
            let current: BSONValue = stored == nil ? .int64(0) : .int64(version)
            let result = try await streaks.update(
                ["_id": .id(user), "version": current],
                ["$set": .document(set), "$push": .document([event].outboxPush)], upsert: stored == nil)
            guard result.matched == 1 || result.upsertedID != nil else { return false }
        } catch {
            if error.isDuplicateKey { return false }
            throw error
        }
        await outbox?.deliver([event], of: ["_id": .id(user)])
        return true
    }

    private static func streak(_ document: BSONDocument?) -> Streak {
        guard let document else { return Streak() }
        var streak = Streak()
        streak.current = document.int("current") ?? 0
        streak.longest = document.int("longest") ?? 0
        streak.lastDay = document.string("lastDay")
        streak.lastAwardAt = document.date("lastAwardAt")
        return streak
    }
}
