package import Runtime
import Telemetry

/// The way to MongoDB: every call runs libmongoc on a thread of a blocking pool.
///
/// Threads versus connections: libmongoc blocks, so there are at most as many server conversations as pool threads;
/// sessions and cursors hold a connection between their calls, which is why the C pool may open more.
package final class MongoClient: Sendable {
    let pool: MongoPool
    let threads: BlockingPool

    /// The database named in the URL.
    package var databaseName: String { pool.database }

    /// - Parameter pool: shares an existing pool of threads; nil makes one of `configuration.threads`.
    /// - Throws: `configuration`: the URL is malformed or names no database. Nothing is connected yet.
    package init(_ configuration: MongoConfiguration, pool: BlockingPool? = nil) throws(MongoError) {
        self.pool = try MongoPool(configuration)
        threads =
            pool ?? BlockingPool(name: "mongo", threads: configuration.threads, queueLimit: configuration.queueLimit)
    }

    package convenience init(url: String, pool: BlockingPool? = nil) throws(MongoError) {
        try self.init(MongoConfiguration(url: url), pool: pool)
    }

    /// The database of the URL.
    package var database: MongoDatabase { MongoDatabase(client: self, name: databaseName) }

    package func database(named name: String) -> MongoDatabase { MongoDatabase(client: self, name: name) }

    /// A collection of the URL's database.
    package func collection(_ name: String) -> MongoCollection { database.collection(name) }

    /// Asks the server for a sign of life.
    package func ping() async throws(MongoError) { _ = try await database.run(["ping": 1]) }

    /// Runs `body` on a thread that may block.
    func onThread<Success: Sendable>(
        _ body: @escaping @Sendable () throws(MongoError) -> Success
    ) async throws(MongoError) -> Success {
        let result: Result<Success, MongoError>
        do {
            result = try await threads.run { Result { () throws(MongoError) in try body() } }
        } catch {
            throw .unavailable("\(error)")
        }
        return try result.get()
    }
}
