package import MongoClient
import Domain

/// The collections that analytics alone writes.
package enum AnalyticsCollections {
    /// A hot buffer: an event goes once it is exported.
    package static let events = CollectionDeclaration(
        "analytics_events",
        Fields(
            required: [
                "_id": .objectID, "event": .string(1...64), "properties": .object, "timestamp": .date,
                "receivedAt": .date,
            ],
            optional: [
                "userId": .objectID, "sessionId": .objectID, "deviceId": .string, "platform": .string,
                "appVersion": .string,
                "source": .string, "campaign": .string, "exportedAt": .date,
                // Set on a view of a post until it is counted.
                "uncounted": .bool,
            ]),
        indexes: [
            IndexDeclaration(["timestamp": -1]),
            IndexDeclaration(["uncounted": 1], sparse: true),
            IndexDeclaration(["exportedAt": 1], sparse: true, expireAfter: .days(1)),
        ])

    /// Views of a post: the total, and one row a (post, viewer) pair for the unique ones.
    package static let postViews = CollectionDeclaration(
        "post_views",
        Fields(
            required: [
                "_id": .objectID, "views": .int64, "uniqueViewers": .int64, "version": .int64, "updatedAt": .date,
            ],
            optional: ["outbox": .outbox]),
        indexes: [IndexDeclaration(["outbox.id": 1], sparse: true)])

    package static let postViewers = CollectionDeclaration(
        "post_viewers",
        Fields(required: ["_id": .object, "at": .date]),
        indexes: [IndexDeclaration(["at": 1], expireAfter: .days(90))])

    package static let featureFlags = CollectionDeclaration(
        "feature_flags",
        Fields(
            required: [
                "_id": .string(1...64), "enabled": .bool, "rolloutPercentage": .integer(0...100), "createdAt": .date,
                "updatedAt": .date,
            ],
            optional: [
                "description": .string, "targetTiers": .array(.oneOf(Tier.self)), "targetUserIds": .array(.objectID),
                "isExperiment": .bool, "variants": .array(.object),
            ]))

    package static let all = [events, postViews, postViewers, featureFlags]
}
