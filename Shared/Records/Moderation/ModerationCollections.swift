package import MongoClient
import Domain

/// The collections that moderation alone writes.
package enum ModerationCollections {
    private static let targets = FieldRule.oneOf(["post", "user", "comment"])
    private static let actionTargets = FieldRule.oneOf(["post", "user", "comment", "vote", "vote_ring"])

    package static let reports = CollectionDeclaration(
        "reports",
        Fields(
            required: [
                "_id": .objectID, "reporterId": .objectID, "targetType": targets, "targetId": .objectID,
                "reason": .oneOf(["nsfw", "hate_speech", "spam", "harassment", "impersonation", "copyright", "other"]),
                "status": .oneOf(["pending", "reviewed", "actioned", "dismissed"]), "createdAt": .date,
            ],
            optional: [
                "targetUserId": .objectID, "description": .string(0...500), "reviewedBy": .string, "reviewedAt": .date,
                "actionTaken": .oneOf(["none", "removed", "warned", "shadow_banned", "banned"]),
            ]),
        indexes: [
            IndexDeclaration(["status": 1, "createdAt": 1]),
            IndexDeclaration(["targetId": 1, "targetType": 1]),
            IndexDeclaration(["targetUserId": 1]),
            IndexDeclaration(["reporterId": 1]),
        ])

    package static let actions = CollectionDeclaration(
        "moderation_actions",
        Fields(
            required: [
                "_id": .objectID, "targetType": actionTargets, "targetId": .objectID, "targetUserId": .objectID,
                "action": .oneOf([
                    "approve", "reject", "flag", "shadow_ban", "ban", "warn", "remove_content", "unban", "clear_vote",
                    "uphold_vote",
                ]),
                "reason": .string(0...500),
                "source": .oneOf([
                    "auto_nsfw", "auto_toxicity", "auto_rules", "manual_review", "report_threshold", "appeal_review",
                ]),
                "performedBy": .string, "appealable": .bool, "createdAt": .date,
            ],
            optional: [
                "appealId": .objectID, "rules": .array(.string), "ruleSetVersion": .count, "outbox": .outbox,
                // A decision on a whole group: which one of it, and whether votes are left; each vote's names it.
                "number": .count, "underWay": .bool, "partOf": .objectID,
            ]),
        indexes: [
            IndexDeclaration(["targetUserId": 1, "createdAt": -1]),
            IndexDeclaration(["targetId": 1, "targetType": 1]),
            IndexDeclaration(["source": 1]),
            IndexDeclaration(["outbox.id": 1], sparse: true),
            IndexDeclaration(["partOf": 1], sparse: true),
            IndexDeclaration(["underWay": 1], sparse: true),
        ])

    package static let appeals = CollectionDeclaration(
        "appeals",
        Fields(
            required: [
                "_id": .objectID, "userId": .objectID, "moderationActionId": .objectID, "reason": .string(1...1000),
                "status": .oneOf(["pending", "approved", "denied"]), "createdAt": .date,
            ],
            optional: ["reviewedBy": .string, "reviewedAt": .date, "reviewNotes": .string]),
        indexes: [IndexDeclaration(["userId": 1, "createdAt": -1]), IndexDeclaration(["status": 1, "createdAt": 1])])

    package static let all = [reports, actions, appeals]
}
