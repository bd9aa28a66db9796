import BSON
import Domain
import Events
import MongoClient
import Records

/// Follows newcomers whom somebody brought until they count, or cannot any more.
///
/// A row's `_id` is the newcomer, so that nobody is brought twice; its state leaves `pending` once, by compare-and-set,
/// and the event of it lies in the same write.
struct FollowReferrals: Sendable {
    private let referrals: Outbox
    private let users: UserLookup
    private let devices: DeviceLookup
    private let rules: ReferralRules
    private let now: @Sendable () -> Instant

    init(
        database: MongoDatabase, bus: EventBus, economy: EconomyConfiguration = .standard,
        now: @escaping @Sendable () -> Instant = { .now() }
    ) {
        referrals = Outbox(collection: database.collection(SocialCollections.referrals.name), bus: bus)
        users = UserLookup(in: database)
        devices = DeviceLookup(in: database)
        rules = ReferralRules(economy: economy)
        self.now = now
    }

    var outbox: Outbox { referrals }

    /// Somebody opened an account.
    func registered(_ newcomer: UserID, by referrer: UserID, at instant: Instant) async throws {
        try await begin(newcomer, by: referrer, at: instant)
        try await judge(newcomer)
    }

    /// Somebody's address is proven, or their standing has changed: what was missing may be there.
    func changed(_ newcomer: UserID) async throws { try await judge(newcomer) }

    /// A day counted for somebody's streak.
    func active(_ newcomer: UserID, on day: String) async throws {
        let add: BSONDocument = [
            "$addToSet": ["activeDays": .string(day)], "$set": ["updatedAt": .instant(now())],
        ]
        let pending: BSONDocument = ["_id": .id(newcomer), "state": "pending"]
        if try await referrals.collection.update(pending, add).matched == 0 {
            // No row: nobody's referral, decided already, or the news of the registration is still on its way.
            guard let person = try await users.byID(newcomer), let referrer = person.referredBy else { return }
            try await begin(newcomer, by: referrer, at: person.createdAt)
            guard try await referrals.collection.update(pending, add).matched == 1 else { return }
        }
        try await judge(newcomer)
    }

    /// Looks at rows whose events may have been passed over, such as those of a ban that was lifted, and at those that
    /// have waited too long.
    ///
    /// - Returns: how many rows were looked at.
    @discardableResult
    func pass(limit: Int = 1_000) async throws -> Int {
        let ripe: BSONDocument = [
            "state": "pending",
            "$or": [
                ["activeDays.\(rules.economy.referralActiveDays - 1)": ["$exists": true]],
                ["createdAt": ["$lt": .instant(now() - .days(rules.economy.referralDeadlineDays))]],
            ],
        ]
        let rows = try await referrals.collection.find(
            ripe, sort: ["createdAt": 1], limit: limit, projection: ["_id": 1])
        for row in rows { try await judge(try row.requireID("_id")) }
        return rows.count
    }

    private func begin(_ newcomer: UserID, by referrer: UserID, at instant: Instant) async throws {
        guard newcomer != referrer else { return }
        do throws(MongoError) {
            try await referrals.collection.insert([
                "_id": .id(newcomer), "referrerId": .id(referrer), "state": "pending", "emailVerified": false,
                "activeDays": [], "createdAt": .instant(instant), "updatedAt": .instant(instant),
            ])
        } catch {
            if !error.isDuplicateKey { throw error }
        }
    }

    private func judge(_ newcomer: UserID) async throws {
        let pending: BSONDocument = ["_id": .id(newcomer), "state": "pending"]
        guard let row = try await referrals.collection.findOne(pending) else { return }
        let referrer: UserID = try row.requireID("referrerId")
        let facts = try await facts(of: newcomer, by: referrer, row)
        let at = now()
        var set: BSONDocument = ["emailVerified": .bool(facts.emailVerified), "updatedAt": .instant(at)]
        switch rules.verdict(facts, at: at) {
        case .waits:
            try await referrals.collection.update(pending, ["$set": .document(set)])
        case .refused(let reason):
            set.append("state", "refused")
            set.append("reason", .string(reason))
            try await referrals.collection.update(pending, ["$set": .document(set)])
        case .validated:
            set.append("state", "validated")
            set.append("validatedAt", .instant(at))
            let event = OutgoingEvent(
                ReferralValidated(referrerID: referrer, newcomerID: newcomer, validatedAt: at), at: at)
            let update: BSONDocument = ["$set": .document(set), "$push": .document([event].outboxPush)]
            guard try await referrals.collection.update(pending, update).modified == 1 else { return }
            await referrals.deliver([event], of: ["_id": .id(newcomer)])
        }
    }

    private func facts(
        of newcomer: UserID, by referrer: UserID, _ row: BSONDocument
    ) async throws -> ReferralFacts {
        let people = try await users.byIDs([newcomer, referrer])
        let brought = try await referrals.collection.find(
            ["referrerId": .id(referrer), "_id": ["$ne": .id(newcomer)]], sort: ["createdAt": -1], limit: 1_000,
            projection: ["_id": 1])
        let own = try await devices.devices(of: [newcomer])
        let others = try await devices.devices(of: [referrer] + brought.compactMap { $0.id("_id") })
        return ReferralFacts(
            registeredAt: try row.requireInstant("createdAt"),
            emailVerified: people.first { $0.id == newcomer }?.emailVerified ?? false,
            activeDays: row.array("activeDays")?.count ?? 0, sharesDevice: !own.isDisjoint(with: others),
            isBarred: people.count < 2 || people.contains { $0.isBanned || $0.shadowBanned || $0.isDeleted })
    }
}
