package import MongoClient
import Domain

/// The other collections that auth alone writes.
package enum PeopleCollections {
    /// Global names: `_id` is `username:ann`, `email:ann@example.org` or `referral:AB12CD34`, folded.
    package static let claims = CollectionDeclaration(
        "claims",
        Fields(required: ["_id": .string(3...300), "userId": .objectID, "createdAt": .date]),
        indexes: [IndexDeclaration(["userId": 1])])

    /// One session a device; the refresh tokens of a session are one family.
    package static let sessions = CollectionDeclaration(
        "sessions",
        Fields(
            required: [
                "_id": .objectID, "userId": .objectID, "device": .object, "refreshHash": .bytes, "createdAt": .date,
                "lastSeenAt": .date, "expiresAt": .date,
            ],
            optional: [
                "previousRefreshHash": .bytes, "sealedSuccessor": .bytes, "rotatedAt": .date, "successorUsed": .bool,
                "generation": .count, "revokedAt": .date, "revokedReason": .string, "accountCreatedAt": .date,
                "ipHash": .string, "outbox": .outbox,
            ]),
        indexes: [
            IndexDeclaration(["userId": 1, "lastSeenAt": -1]),
            IndexDeclaration(["revokedAt": 1], sparse: true),
            IndexDeclaration(["expiresAt": 1], expireAfter: .zero),
            IndexDeclaration(["outbox.id": 1], sparse: true),
        ])

    /// What happened to accounts: log-ins, bans, changes of role; read by people who look into abuse.
    package static let securityAudit = CollectionDeclaration(
        "security_audit",
        Fields(
            required: ["_id": .objectID, "userId": .objectID, "action": .string, "at": .date],
            optional: ["actor": .string, "ipHash": .string, "deviceId": .string, "details": .object, "outbox": .outbox]),
        indexes: [
            IndexDeclaration(["userId": 1, "at": -1]),
            IndexDeclaration(["outbox.id": 1], sparse: true),
        ])

    /// RS256 keys: `_id` is the `kid`; the private half is sealed.
    package static let signingKeys = CollectionDeclaration(
        "signing_keys",
        Fields(
            required: [
                "_id": .string, "publicKey": .string, "sealedPrivateKey": .bytes, "createdAt": .date,
                "activeFrom": .date,
            ],
            optional: ["retiredAt": .date, "expiresAt": .date]),
        indexes: [IndexDeclaration(["expiresAt": 1], sparse: true, expireAfter: .zero)])

    package static let all = [UserRecord.collection, claims, sessions, securityAudit, signingKeys]
}
