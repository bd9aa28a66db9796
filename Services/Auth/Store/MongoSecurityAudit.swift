import BSON
import Domain
import MongoClient
import Records
import Telemetry

/// What happened to accounts, for people who look into abuse.
struct MongoSecurityAudit: Sendable {
    enum Action: String, Sendable {
        case registered, loggedIn = "logged-in", loggedOut = "logged-out", refreshReused = "refresh-reused"
    }

    private let entries: MongoCollection
    private let log: Logger

    init(client: MongoClient, log: Logger) {
        entries = client.collection(PeopleCollections.securityAudit.name)
        self.log = log
    }

    /// Writes an entry. One that cannot be written is logged: nobody is refused because of it.
    func note(_ action: Action, of person: UserID, from origin: Origin, at now: Instant) async {
        var entry: BSONDocument = [
            "_id": .objectID(ObjectID()), "userId": .id(person), "action": .string(action.rawValue),
            "at": .instant(now),
        ]
        entry.append("ipHash", ifPresent: origin.addressDigest.map { .string($0) })
        entry.append("deviceId", ifPresent: origin.deviceID.map { .string($0) })
        do {
            try await entries.insert(entry)
        } catch {
            log.warning("an audit entry is missing", ["action": action.rawValue, "reason": "\(error)"])
        }
    }
}

/// Where a request to auth comes from: never an address, only its keyed hash.
struct Origin: Sendable {
    var addressDigest: String?
    var deviceID: String?
}
