import BSON
import Domain
import Events
import MongoClient
import Records
import TestSupport
import Testing

@testable import SocialService

struct ReferralTests {
    private func session(_ user: UserID, on device: String, _ stores: TestStores) async throws {
        let now = Instant.now()
        try await stores.mongo.collection(PeopleCollections.sessions.name).insert([
            "_id": .id(SessionID.new()), "userId": .id(user), "device": ["id": .string(device), "platform": "web"],
            "refreshHash": .binary(BSONBinary(bytes: [1])), "createdAt": .instant(now), "lastSeenAt": .instant(now),
            "expiresAt": .instant(now + .days(30)),
        ])
    }

    private func row(_ newcomer: UserID, _ stores: TestStores) async throws -> BSONDocument? {
        try await stores.mongo.collection(SocialCollections.referrals.name).findByID(.id(newcomer))
    }

    private func referrals(_ stores: TestStores, now: Instant = .now()) throws -> FollowReferrals {
        FollowReferrals(
            database: stores.mongo.database, bus: EventBus(redis: try stores.redis.client()), now: { now })
    }

    @Test func `three days, a proven address and a device of one's own make a referral, once`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let referrer = try await people.add("ann")
        let newcomer = try await people.add("bob") { $0.referredBy = referrer.id }
        try await session(referrer.id, on: "phone of ann", stores)
        try await session(newcomer.id, on: "phone of bob", stores)
        let referrals = try referrals(stores)
        // The first day may be told before the registration is.
        try await referrals.active(newcomer.id, on: "2026-11-19")
        try await referrals.registered(newcomer.id, by: referrer.id, at: newcomer.createdAt)
        for day in ["2026-11-19", "2026-11-20", "2026-11-21"] { try await referrals.active(newcomer.id, on: day) }
        #expect(try await row(newcomer.id, stores)?.string("state") == "pending")
        try await stores.mongo.collection(UserRecord.collection.name).update(
            ["_id": .id(newcomer.id)], ["$set": ["emailVerified": true]])
        for _ in 0..<3 { try await referrals.changed(newcomer.id) }
        let validated = try #require(try await row(newcomer.id, stores))
        #expect(validated.string("state") == "validated" && validated.array("activeDays")?.count == 3)
        let published = try await stores.redis.client().send([
            "XLEN", .key(ReferralValidated.topic.stream(of: referrer.id)),
        ])
        #expect(published.integer == 1)
        let lookup = ReferralLookup(in: stores.mongo.database)
        let found = try await lookup.validations(of: [referrer.id, newcomer.id], since: .now() - .days(1))
        #expect(found[referrer.id] == found[newcomer.id] && found.count == 2)
    }

    @Test func `a device of the referrer, or of somebody else whom they brought, ends it`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let referrer = try await people.add("ann")
        try await session(referrer.id, on: "shared", stores)
        var newcomers: [UserRecord] = []
        for (name, device) in [("bob", "shared"), ("cat", "tablet"), ("dan", "tablet")] {
            let newcomer = try await people.add(name) {
                $0.referredBy = referrer.id
                $0.emailVerified = true
            }
            try await session(newcomer.id, on: device, stores)
            newcomers.append(newcomer)
        }
        let referrals = try referrals(stores)
        for newcomer in newcomers {
            try await referrals.registered(newcomer.id, by: referrer.id, at: newcomer.createdAt)
        }
        for day in ["2026-11-19", "2026-11-20", "2026-11-21"] {
            for newcomer in newcomers { try await referrals.active(newcomer.id, on: day) }
        }
        for newcomer in newcomers {
            let row = try await row(newcomer.id, stores)
            #expect(row?.string("state") == "refused" && row?.string("reason") == "shared-device")
        }
    }

    @Test func `a ban waits, the deadline does not`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let referrer = try await people.add("ann") { $0.bannedAt = .now() }
        let newcomer = try await people.add("bob") {
            $0.referredBy = referrer.id
            $0.emailVerified = true
        }
        let referrals = try referrals(stores)
        for day in ["2026-11-19", "2026-11-20", "2026-11-21"] { try await referrals.active(newcomer.id, on: day) }
        #expect(try await referrals.pass() == 1)
        #expect(try await row(newcomer.id, stores)?.string("state") == "pending")
        let users = stores.mongo.collection(UserRecord.collection.name)
        try await users.update(["_id": .id(referrer.id)], ["$unset": ["bannedAt": ""]])
        let late = try self.referrals(stores, now: .now() + .days(31))
        #expect(try await late.pass() == 1)
        #expect(try await row(newcomer.id, stores)?.string("reason") == "too-late")
    }

    @Test func `the events of a newcomer's days lead to a referral`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let referrer = try await people.add("ann")
        let newcomer = try await people.add("bob") {
            $0.referredBy = referrer.id
            $0.emailVerified = true
        }
        try await withService(SocialService.definition, on: stores) { social in
            let bus = EventBus(redis: social.context.redis)
            let person = PersonSnapshot(username: "bob", displayName: "bob", avatarUrl: nil, tier: .free)
            try await bus.publish(
                UserRegistered(
                    userID: newcomer.id, person: person, referralCode: "ABCDEFGH", referredBy: referrer.id,
                    createdAt: newcomer.createdAt), at: .now())
            for day in 19...21 {
                try await bus.publish(
                    StreakExtended(
                        userID: newcomer.id, current: 1, longest: 1, day: "2026-11-\(day)", awarded: 1, at: .now()),
                    at: .now())
            }
            try await eventually("a referral") {
                try await row(newcomer.id, stores)?.string("state") == "validated"
            }
        }
    }
}
