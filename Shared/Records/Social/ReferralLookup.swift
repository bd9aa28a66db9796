import BSON
package import Domain
package import MongoClient

/// Reads who was brought by whom, for services that do not own referrals.
package struct ReferralLookup: Sendable {
    private let referrals: MongoCollection

    package init(in database: MongoDatabase) {
        referrals = database.collection(SocialCollections.referrals.name)
    }

    /// When referrals of these people, as referrer or newcomer, were validated: those since `start`.
    package func validations(
        of people: [UserID], since start: Instant
    ) async throws(MongoError) -> [UserID: [Instant]] {
        let ids = BSONValue.array(people.map { .id($0) })
        let found = try await referrals.find(
            [
                "validatedAt": ["$gte": .instant(start)],
                "$or": [["_id": ["$in": ids]], ["referrerId": ["$in": ids]]],
            ], projection: ["referrerId": 1, "validatedAt": 1])
        var result: [UserID: [Instant]] = [:]
        for row in found {
            guard let instant = row.instant("validatedAt") else { continue }
            for key in ["_id", "referrerId"] {
                if let person = row.id(key, as: UserID.self) { result[person, default: []].append(instant) }
            }
        }
        return result
    }
}
