package import BSON

/// A collection by name. Every operation may be given the session of a transaction.
///
/// Writes go with majority concern and are retried once by libmongoc when the connection breaks or the primary moves;
/// reads have a time limit on the server.
package struct MongoCollection: Sendable {
    package let database: MongoDatabase
    package let name: String

    package init(database: MongoDatabase, name: String) {
        self.database = database
        self.name = name
    }

    package var client: MongoClient { database.client }

    func call<Success: Sendable>(
        in session: MongoSession?,
        _ body: @escaping @Sendable (MongoCall, OpaquePointer) throws(MongoError) -> Success
    ) async throws(MongoError) -> Success {
        let (database, name) = (database.name, name)
        return try await client.call(in: session) { (call) throws(MongoError) in
            try call.withCollection(database, name) { (collection) throws(MongoError) in try body(call, collection) }
        }
    }
}

/// What an update did.
package struct UpdateResult: Equatable, Sendable {
    package let matched: Int
    package let modified: Int
    /// The id of the document that an upsert made.
    package let upsertedID: BSONValue?

    package init(matched: Int, modified: Int, upsertedID: BSONValue? = nil) {
        self.matched = matched
        self.modified = modified
        self.upsertedID = upsertedID
    }
}
