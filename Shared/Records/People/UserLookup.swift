import BSON
package import Domain
package import MongoClient

/// Reads people by key, for services that do not own them.
package struct UserLookup: Sendable {
    private let users: Lookup<UserRecord>
    private let claims: MongoCollection

    package init(in database: MongoDatabase) {
        users = Lookup(in: database)
        claims = database.collection(PeopleCollections.claims.name)
    }

    package func byID(_ id: UserID) async throws -> UserRecord? { try await users.byID(.id(id)) }

    package func byIDs(_ ids: [UserID]) async throws -> [UserRecord] { try await users.byIDs(ids.map { .id($0) }) }

    /// By name, whatever its case; nil for somebody unknown or deleted.
    package func byUsername(_ name: String) async throws -> UserRecord? {
        guard NameRules.isUsername(name) else { return nil }
        let claim = try await claims.findByID(.string("username:" + NameRules.fold(name)))
        guard let id = claim?.objectID("userId"), let user = try await byID(UserID(id)), !user.isDeleted else {
            return nil
        }
        return user
    }
}
