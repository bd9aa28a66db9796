import BSON
import Domain
import Events
import Records

/// Changes what somebody shows of themselves, and their settings.
struct UpdateProfile: Sendable {
    /// What is to change: nil leaves a field alone, an empty `Clearable` clears it.
    struct Changes: Sendable {
        enum Clearable: Sendable, Equatable {
            case clear
            case set(String)
        }

        var displayName: String?
        var bio: String?
        var avatarUrl: Clearable?
        var profileTheme: Clearable?
        var timeZone: String?
        var locale: String?
    }

    private static let timeZonePause = Duration.days(30)

    let people: MongoPeople

    func callAsFunction(_ changes: Changes, of id: UserID, now: Instant) async throws -> UserRecord {
        guard let before = try await people.byID(id) else { throw AuthError.notFound }
        var set = BSONDocument()
        var unset: [String] = []
        set.append("displayName", ifPresent: changes.displayName.map { .string($0) })
        set.append("bio", ifPresent: changes.bio.map { .string($0) })
        set.append("locale", ifPresent: changes.locale.map { .string($0) })
        for (name, change) in [("avatarUrl", changes.avatarUrl), ("profileTheme", changes.profileTheme)] {
            switch change {
            case .set(let value): set.append(name, .string(value))
            case .clear: unset.append(name)
            case nil: break
            }
        }
        if let timeZone = changes.timeZone, timeZone != before.timeZone {
            guard TimeZones.isKnown(timeZone) else { throw AuthError.unknownTimeZone }
            // Days of a streak are local days: whoever moves their zone at will has more of them.
            if let last = before.timeZoneChangedAt, now - last < Self.timeZonePause {
                throw AuthError.timeZoneChangedLately
            }
            set.append("timeZone", .string(timeZone))
            set.append("timeZoneChangedAt", .instant(now))
        }
        if set.isEmpty, unset.isEmpty { return before }
        let changed = try await people.update(id, set: set, unset: unset, now: now) { person in
            OutgoingEvent(person.updated, at: now)
        }
        guard let changed else { throw AuthError.notFound }
        return changed
    }
}

extension UserRecord {
    /// The event that tells of the person as they now are.
    var updated: UserUpdated {
        UserUpdated(
            userID: id, person: eventSnapshot, emailVerified: emailVerified, trustScore: trustScore, timeZone: timeZone,
            locale: locale, version: updatedAt.milliseconds)
    }
}
