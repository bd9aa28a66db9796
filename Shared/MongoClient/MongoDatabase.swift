package import BSON
import CMongoc

/// A database: collections by name, and commands that no method of a collection covers.
package struct MongoDatabase: Sendable {
    package let client: MongoClient
    package let name: String

    package func collection(_ name: String) -> MongoCollection { MongoCollection(database: self, name: name) }

    /// Runs a command as it is, without retries or a write concern of its own.
    package func run(_ command: BSONDocument, in session: MongoSession? = nil) async throws(MongoError) -> BSONDocument
    {
        let name = name
        return try await client.call(in: session) { (call) throws(MongoError) in
            let command = try call.bson(command)
            let options = try call.options()
            return try call.reply { (reply, error) in
                mongoc_client_command_with_opts(call.client, name, command, nil, options, reply, error)
            }
        }
    }

    /// Deletes the database: for tests.
    package func drop() async throws(MongoError) { _ = try await run(["dropDatabase": 1]) }
}

extension MongoClient {
    /// Runs `body` on the session's connection, or on one of its own.
    func call<Success: Sendable>(
        in session: MongoSession?, _ body: @escaping @Sendable (MongoCall) throws(MongoError) -> Success
    ) async throws(MongoError) -> Success {
        let milliseconds = pool.operationMilliseconds
        guard let session else {
            let pool = pool
            return try await onThread { () throws(MongoError) in
                let call = try MongoCall(MongoConnection(pool), session: nil, operationMilliseconds: milliseconds)
                defer { call.end() }
                return try body(call)
            }
        }
        return try await onThread { () throws(MongoError) in
            try session.exclusively { (connection, pointer) throws(MongoError) in
                let call = MongoCall(connection, session: pointer, operationMilliseconds: milliseconds)
                defer { call.end() }
                return try body(call)
            }
        }
    }
}
