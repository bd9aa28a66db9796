import BSON
import Domain
import MongoClient
import Records

/// A device that can be reached by push.
struct PushDevice: Equatable, Sendable {
    let platform: Platform
    let provider: String
    let pushToken: String
    let appVersion: String
}

struct MongoDevices: Sendable {
    let devices: MongoCollection

    func put(_ device: PushDevice, id: String, of user: UserID, at now: Instant) async throws {
        let document: BSONDocument = [
            "_id": Self.key(id, user), "userId": .id(user), "platform": .string(device.platform.rawValue),
            "provider": .string(device.provider), "pushToken": .string(device.pushToken),
            "appVersion": .string(device.appVersion), "updatedAt": .instant(now),
        ]
        _ = try await devices.replace(["_id": Self.key(id, user)], document, upsert: true)
    }

    func remove(_ id: String, of user: UserID) async throws {
        _ = try await devices.delete(["_id": Self.key(id, user)])
    }

    private static func key(_ id: String, _ user: UserID) -> BSONValue { ["user": .id(user), "device": .string(id)] }
}
