package import MongoClient
import Domain

/// The collections that the ledger library and gems write.
package enum GemCollections {
    package static let sources = [
        "votes", "daily_login", "streak_bonus", "referral", "trending_bonus", "purchase", "model_unlock",
        "feature_unlock",
        "ad_free_pass", "cosmetic", "gift_card", "gift", "generation", "hold_void", "hold_capture", "reversal", "admin",
    ]

    /// The ledger: append-only; one insert is the commit.
    package static let transactions = CollectionDeclaration(
        "gem_transactions",
        Fields(
            required: [
                "_id": .objectID, "userId": .objectID, "seq": .int64,
                "type": .oneOf(["earn", "spend", "refund", "admin_adjust"]), "source": .oneOf(sources),
                "amount": .int64,
                "balanceBefore": .int64, "balanceAfter": .int64, "multiplier": .double, "baseAmount": .int64,
                "counterAccount": .oneOf(["mint", "burn", "sales", "promotions", "escrow"]),
                "idempotencyKey": .string(1...200),
                "previousHash": .bytes, "hash": .bytes, "createdAt": .date,
            ],
            optional: [
                "requestKey": .string, "referenceId": .string, "referenceType": .string, "description": .string,
                "metadata": .object, "head": .object, "debtBefore": .int64, "debtAfter": .int64, "outbox": .outbox,
            ]),
        indexes: [
            IndexDeclaration(["userId": 1, "seq": -1], unique: true),
            IndexDeclaration(["userId": 1, "idempotencyKey": 1], unique: true),
            IndexDeclaration(["userId": 1, "createdAt": -1]),
            IndexDeclaration(["userId": 1, "type": 1, "createdAt": -1]),
            IndexDeclaration(["source": 1, "createdAt": -1]),
            IndexDeclaration(["createdAt": -1]),
            IndexDeclaration(["outbox.id": 1], sparse: true),
        ],
        shardKey: ["userId"])

    /// The k-th gem of an author, with the multiplier that its first insert fixed.
    package static let dueGems = CollectionDeclaration(
        "due_gems",
        Fields(
            required: ["_id": .object, "multiplier": .double, "createdAt": .date], optional: ["deferredUntil": .date]),
        indexes: [IndexDeclaration(["deferredUntil": 1, "createdAt": 1], sparse: true)])

    /// Bonuses that wait for another day: a row goes when its entry is made.
    package static let dueBonuses = CollectionDeclaration(
        "due_bonuses",
        Fields(
            required: [
                "_id": .object, "gems": .int64, "source": .string, "description": .string, "createdAt": .date,
                "deferredUntil": .date,
            ],
            optional: ["referenceType": .string, "referenceId": .string]),
        indexes: [IndexDeclaration(["deferredUntil": 1, "createdAt": 1])])

    /// Posts of the last day with votes enough for the trending bonus; older ones go.
    package static let trendingPosts = CollectionDeclaration(
        "trending_posts",
        Fields(
            required: [
                "_id": .objectID, "authorId": .objectID, "votes": .int64, "postedAt": .date, "updatedAt": .date,
                "expiresAt": .date,
            ],
            optional: ["awardedAt": .date]),
        indexes: [
            IndexDeclaration(["votes": -1, "postedAt": 1]),
            IndexDeclaration(["expiresAt": 1], expireAfter: .zero),
        ])

    package static let products = CollectionDeclaration(
        "products",
        Fields(
            required: [
                "_id": .string(1...64), "name": .string(1...100),
                "kind": .oneOf(["model_unlock", "feature_unlock", "ad_free_pass", "cosmetic", "gift_card"]),
                "priceGems": .int64, "version": .count, "order": .integer, "active": .bool, "isUnique": .bool,
            ],
            optional: ["grants": .object, "validHours": .count, "description": .string, "updatedAt": .date]))

    /// Every version that a product ever had, from when on it was on sale: an entry names the one that was bought.
    package static let productVersions = CollectionDeclaration(
        "product_versions",
        Fields(required: ["_id": .object, "priceGems": .int64, "active": .bool, "since": .date]))

    /// What a person owns. The ledger entry is the commit; this row follows from it under a deterministic id.
    package static let entitlements = CollectionDeclaration(
        "entitlements",
        Fields(
            required: [
                "_id": .objectID, "userId": .objectID, "kind": .string, "productId": .string,
                "transactionId": .objectID,
                "createdAt": .date,
            ],
            optional: ["expiresAt": .date, "revokedAt": .date, "grants": .object]),
        indexes: [IndexDeclaration(["userId": 1, "createdAt": -1]), IndexDeclaration(["userId": 1, "productId": 1])])

    /// A card's `_id` is the SHA-256 of its code; the code itself stays only until it is redeemed.
    package static let giftCards = CollectionDeclaration(
        "gift_cards",
        Fields(
            required: [
                "_id": .string, "productId": .string, "amount": .int64, "buyerId": .objectID,
                "state": .oneOf(["pending", "issued", "redeemed", "voided"]), "requestKey": .string,
                "createdAt": .date, "updatedAt": .date,
            ],
            optional: ["code": .string, "redeemedBy": .objectID, "redeemKey": .string]),
        indexes: [
            IndexDeclaration(["buyerId": 1, "createdAt": -1]), IndexDeclaration(["state": 1, "updatedAt": 1]),
        ])

    /// The day's budget and each person's share of it; leased to workers in blocks.
    package static let emission = CollectionDeclaration(
        "emission_budget",
        Fields(
            required: ["_id": .string, "issued": .int64, "updatedAt": .date],
            optional: ["day": .string, "leases": .object]))

    package static let streaks = CollectionDeclaration(
        "streaks",
        Fields(
            required: ["_id": .objectID, "current": .count, "longest": .count, "updatedAt": .date],
            optional: ["lastDay": .string(10...10), "lastAwardAt": .date, "version": .int64, "outbox": .outbox]),
        indexes: [IndexDeclaration(["outbox.id": 1], sparse: true)])

    /// The signed root over the newest entries that people made on a UTC day; `_id` is the day. Never changed.
    package static let roots = CollectionDeclaration(
        "ledger_roots",
        Fields(
            required: [
                "_id": .string(10...10), "root": .bytes, "people": .count, "entries": .count, "createdAt": .date,
                "signature": .string, "kid": .string,
            ],
            optional: ["previousRoot": .bytes]))

    /// The keys that sign roots: `_id` is the `kid`; the private half is sealed. Kept for ever, as roots are.
    package static let rootKeys = CollectionDeclaration(
        "ledger_keys",
        Fields(required: ["_id": .string, "publicKey": .string, "sealedPrivateKey": .bytes, "createdAt": .date]))

    package static let all = [
        transactions, dueGems, dueBonuses, trendingPosts, products, productVersions, entitlements, giftCards, emission,
        streaks, roots, rootKeys,
    ]
}
