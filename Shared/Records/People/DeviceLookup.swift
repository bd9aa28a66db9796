import BSON
package import Domain
package import MongoClient

/// Reads on which devices people have sessions, for services that do not own these.
package struct DeviceLookup: Sendable {
    private let sessions: MongoCollection

    package init(in database: MongoDatabase) {
        sessions = database.collection(PeopleCollections.sessions.name)
    }

    /// The devices of sessions that have not expired, ended ones included.
    package func devices(of people: [UserID]) async throws(MongoError) -> Set<String> {
        guard !people.isEmpty else { return [] }
        let found = try await sessions.find(
            ["userId": ["$in": .array(people.map { .id($0) })]], projection: ["device": 1])
        return Set(found.compactMap { $0.document("device")?.string("id") })
    }
}
