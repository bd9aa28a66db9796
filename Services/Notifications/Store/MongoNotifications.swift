import BSON
import Domain
import HTTPServer
import MongoClient
import Records
import Security

/// Notifications in MongoDB. Ids derive from what happened, so that an event seen twice is one notification.
struct MongoNotifications: Sendable {
    let notifications: MongoCollection

    /// Stores a notification, or brings one that gathers up to date.
    ///
    /// - Returns: the notification when it is new or says something new; nil when it was there already.
    func keep(_ notice: Notice) async throws -> NotificationRecord? {
        let id = NotificationID(ObjectID.deriving(["notification"] + notice.once))
        let payload = notice.action.payload
        var fresh: BSONDocument = [
            "userId": .id(notice.recipient), "type": .string(notice.kind.rawValue),
            "actionType": .string(notice.action.type), "actionPayload": [payload.name: .string(payload.value)],
        ]
        var content: BSONDocument = [
            "title": .string(notice.title), "body": .string(notice.body), "read": false,
            "aggregationCount": .int64(notice.gathered?.count ?? 1), "createdAt": .instant(notice.at),
        ]
        fresh.append("imageUrl", ifPresent: notice.imageUrl.map { .string($0) })
        guard let gathered = notice.gathered else {
            return try await insert(id, fresh, content)
        }
        // A figure that is not newer says nothing.
        let version = Self.sortable(gathered.version)
        content.append("version", .string(version))
        fresh.append("aggregationKey", .string(notice.once.joined(separator: ":")))
        let filter: BSONDocument = ["_id": .id(id), "version": ["$lt": .string(version)]]
        if let changed = try await notifications.findAndModify(filter, update: ["$set": .document(content)]) {
            return try NotificationRecord(changed)
        }
        return try await insert(id, fresh, content)
    }

    private func insert(
        _ id: NotificationID, _ fresh: BSONDocument, _ content: BSONDocument
    ) async throws -> NotificationRecord? {
        let document = BSONDocument(elements: [(key: "_id", value: .id(id))] + fresh.elements + content.elements)
        do {
            try await notifications.insert(document)
        } catch MongoError.duplicateKey {
            return nil
        }
        return try NotificationRecord(document)
    }

    func page(
        of user: UserID, before place: TimePlace<Tags.Notification>?, limit: Int
    ) async throws -> [NotificationRecord] {
        var filter: BSONDocument = ["userId": .id(user)]
        filter.append(behind: place)
        return try await notifications.find(filter, sort: ["createdAt": -1, "_id": -1], limit: limit).map { document in
            try NotificationRecord(document)
        }
    }

    func unread(of user: UserID) async throws -> Int {
        try await notifications.count(["userId": .id(user), "read": false], limit: 1000)
    }

    /// - Parameter ids: nil for all.
    func markRead(_ ids: [NotificationID]?, of user: UserID, at now: Instant) async throws {
        var filter: BSONDocument = ["userId": .id(user), "read": false]
        if let ids { filter.append("_id", ["$in": .array(ids.map { .id($0) })]) }
        _ = try await notifications.update(filter, ["$set": ["read": true, "readAt": .instant(now)]], many: true)
    }

    /// 19 digits, so that text compares as the number does.
    private static func sortable(_ version: Int64) -> String {
        let digits = String(max(0, version))
        return String(repeating: "0", count: max(0, 19 - digits.utf8.count)) + digits
    }
}
