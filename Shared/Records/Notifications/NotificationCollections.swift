package import MongoClient
import Domain

/// The collections that notifications alone writes.
package enum NotificationCollections {
    package static let types = [
        "vote", "follow", "gem_earned", "trending", "streak", "referral", "moderation", "system", "comment",
        "generation", "appeal",
    ]

    package static let notifications = CollectionDeclaration(
        "notifications",
        Fields(
            required: [
                "_id": .objectID, "userId": .objectID, "type": .oneOf(types), "title": .string(1...200),
                "body": .string(0...1000),
                "actionType": .oneOf(["open_post", "open_profile", "open_screen"]), "actionPayload": .object,
                "read": .bool,
                "aggregationCount": .count, "createdAt": .date,
            ],
            optional: [
                "imageUrl": .string, "readAt": .date, "aggregationKey": .string, "actors": .array(.objectID),
                "updatedAt": .date,
                "version": .string,
            ]),
        indexes: [
            IndexDeclaration(["userId": 1, "read": 1, "createdAt": -1]),
            IndexDeclaration(["userId": 1, "createdAt": -1]),
            IndexDeclaration(["aggregationKey": 1], sparse: true),
            IndexDeclaration(["createdAt": 1], expireAfter: .days(30)),
        ])

    /// Where to reach a device by push; `_id` is {user, device}.
    package static let devices = CollectionDeclaration(
        "devices",
        Fields(
            required: [
                "_id": .object, "userId": .objectID, "platform": .oneOf(Platform.self),
                "provider": .oneOf(["fcm", "apns", "webpush"]), "pushToken": .string(1...4096),
                "appVersion": .string(0...64),
                "updatedAt": .date,
            ]),
        indexes: [IndexDeclaration(["userId": 1])])

    package static let all = [notifications, devices]
}
