import BSON
import Domain
import Events
import MongoClient
import Records
import ServiceKit
import Telemetry

/// Changes accounts: each change in one transaction with its events and its entry in the audit.
///
/// An operator's hand of auth, which owns these collections: what it writes is what auth's own handlers would.
struct AccountOperations: Sendable {
    struct UnknownAccount: Error, Equatable, CustomStringConvertible {
        let name: String
        var description: String { "nobody is called \(name)" }
    }

    private struct Change {
        var set: BSONDocument = [:]
        var unset: [String] = []
        var events: [OutgoingEvent] = []
        var details: BSONDocument = [:]
    }

    private let client: MongoClient
    private let users: MongoCollection
    private let claims: MongoCollection
    private let audit: MongoCollection
    private let outbox: Outbox
    private let actor: String

    init(_ context: ServiceContext) {
        client = context.mongo
        users = client.collection(UserRecord.collection.name)
        claims = client.collection(PeopleCollections.claims.name)
        audit = client.collection(PeopleCollections.securityAudit.name)
        outbox = Outbox(collection: users, bus: EventBus(redis: context.redis))
        actor = "circlectl:\(ProcessFacts.environment("USER") ?? "operator")"
    }

    func verifyEmail(_ name: String, now: Instant) async throws -> String {
        let person = try await change(name, "email-verified", now: now) { person in
            person.emailVerified = true
            var change = Change(set: ["emailVerified": true])
            change.events = [
                OutgoingEvent(
                    EmailVerified(userID: person.id, referredBy: person.referredBy, verifiedAt: now), at: now)
            ]
            return change
        }
        return "\(person.username): \(person.email ?? "no address") is verified"
    }

    func setTier(_ name: String, _ tier: Tier, until: Instant?, now: Instant) async throws -> String {
        let person = try await change(name, "tier-set", now: now) { person in
            person.tier = tier
            person.tierExpiresAt = until
            var change = Change(set: ["tier": .string(tier.rawValue)], details: ["tier": .string(tier.rawValue)])
            if let until {
                change.set.append("tierExpiresAt", .instant(until))
            } else {
                change.unset = ["tierExpiresAt"]
            }
            return change
        }
        return
            "\(person.username): tier \(tier.rawValue)\(until.map { " until \($0)" } ?? ""), in tokens from their next refresh"
    }

    func setRole(_ role: Role, of name: String, granted: Bool, now: Instant) async throws -> String {
        let person = try await change(name, granted ? "role-granted" : "role-revoked", now: now) { person in
            person.roles.removeAll { $0 == role }
            if granted { person.roles.append(role) }
            return Change(
                set: ["roles": .strings(person.roles.map(\.rawValue))], details: ["role": .string(role.rawValue)])
        }
        let roles = person.roles.map(\.rawValue).joined(separator: ", ")
        return "\(person.username): roles \(roles.isEmpty ? "none" : roles), in tokens from their next refresh"
    }

    func ban(_ name: String, reason: String, now: Instant) async throws -> String {
        let person = try await change(name, "banned", now: now) { [actor] person in
            person.bannedAt = now
            let event = UserBanned(
                userID: person.id, reason: reason, actor: actor, version: now.milliseconds, at: now)
            return Change(
                set: [
                    "bannedAt": .instant(now), "banReason": .string(String(reason.prefix(500))),
                    "versions.ban": .int64(now.milliseconds),
                ],
                events: [OutgoingEvent(event, at: now)], details: ["reason": .string(reason)])
        }
        return "\(person.username): banned; sessions end and votes are taken back"
    }

    func shadowBan(_ name: String, reason: String, now: Instant) async throws -> String {
        let person = try await change(name, "shadow-banned", now: now) { [actor] person in
            person.shadowBanned = true
            let event = UserShadowBanned(
                userID: person.id, reason: reason, actor: actor, version: now.milliseconds, at: now)
            return Change(
                set: ["shadowBanned": true, "versions.shadow": .int64(now.milliseconds)],
                events: [OutgoingEvent(event, at: now)], details: ["reason": .string(reason)])
        }
        return "\(person.username): shadow-banned; votes are taken back, and the person is not told"
    }

    func unban(_ name: String, reason: String, now: Instant) async throws -> String {
        let person = try await change(name, "unbanned", now: now) { [actor] person in
            person.bannedAt = nil
            person.shadowBanned = false
            let event = UserUnbanned(
                userID: person.id, reason: reason, actor: actor, version: now.milliseconds, at: now)
            return Change(
                set: [
                    "shadowBanned": false, "versions.ban": .int64(now.milliseconds),
                    "versions.shadow": .int64(now.milliseconds),
                ],
                unset: ["bannedAt", "banReason"], events: [OutgoingEvent(event, at: now)],
                details: ["reason": .string(reason)])
        }
        return "\(person.username): no ban any more; votes count again"
    }

    // MARK: The one way to change an account

    private func change(
        _ name: String, _ action: String, now: Instant, _ edit: @Sendable (inout UserRecord) -> Change
    ) async throws -> UserRecord {
        let id = try await find(name)
        let (person, events) = try await client.withTransaction { transaction in
            guard let document = try await users.findByID(.id(id), in: transaction) else {
                throw UnknownAccount(name: name)
            }
            var person = try UserRecord(document)
            var change = edit(&person)
            person.updatedAt = Instant(milliseconds: max(now.milliseconds, person.updatedAt.milliseconds + 1))
            change.set.append("updatedAt", .instant(person.updatedAt))
            change.events.append(OutgoingEvent(Self.updated(person), at: now))
            try await users.update(["_id": .id(id)], Self.update(change), in: transaction)
            try await audit.insert(entry(action, change.details, of: id, now: now), in: transaction)
            return (person, change.events)
        }
        await outbox.deliver(events, of: ["_id": .id(id)])
        return person
    }

    private static func update(_ change: Change) -> BSONDocument {
        var update: BSONDocument = ["$set": .document(change.set), "$push": .document(change.events.outboxPush)]
        if !change.unset.isEmpty {
            update.append("$unset", .document(BSONDocument(elements: change.unset.map { ($0, .string("")) })))
        }
        return update
    }

    private func entry(_ action: String, _ details: BSONDocument, of person: UserID, now: Instant) -> BSONDocument {
        [
            "_id": .objectID(ObjectID()), "userId": .id(person), "action": .string(action), "at": .instant(now),
            "actor": .string(actor), "details": .document(details),
        ]
    }

    private static func updated(_ person: UserRecord) -> UserUpdated {
        UserUpdated(
            userID: person.id,
            person: PersonSnapshot(
                username: person.username, displayName: person.displayName, avatarUrl: person.avatarUrl,
                tier: person.tier),
            emailVerified: person.emailVerified, trustScore: person.trustScore, timeZone: person.timeZone,
            locale: person.locale, version: person.updatedAt.milliseconds)
    }

    private func find(_ name: String) async throws -> UserID {
        if let id = UserID(hex: name) { return id }
        let kind = name.utf8.contains(UInt8(ascii: "@")) ? "email" : "username"
        guard
            let owner = try await claims.findByID(.string("\(kind):\(NameRules.fold(name))"))?.id(
                "userId", as: UserID.self)
        else { throw UnknownAccount(name: name) }
        return owner
    }
}
