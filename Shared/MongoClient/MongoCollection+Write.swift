package import BSON
import CMongoc

extension MongoCollection {
    /// - Throws: `duplicateKey`: nothing was written.
    package func insert(_ document: BSONDocument, in session: MongoSession? = nil) async throws(MongoError) {
        try await call(in: session) { (call, collection) throws(MongoError) in
            let document = try call.bson(document)
            let options = try call.options()
            _ = try call.reply { (reply, error) in
                mongoc_collection_insert_one(collection, document, options, reply, error)
            }
        }
    }

    /// The same for a document that is encoded already.
    package func insert(encoded document: BSONWriter, in session: MongoSession? = nil) async throws(MongoError) {
        try await call(in: session) { (call, collection) throws(MongoError) in
            let document = try call.bson(encoded: document)
            let options = try call.options()
            _ = try call.reply { (reply, error) in
                mongoc_collection_insert_one(collection, document, options, reply, error)
            }
        }
    }

    /// - Parameter ordered: stop at the first document that is refused; otherwise the others are still tried.
    /// - Throws: the first refusal; `bulk` tells about each of them.
    package func insertMany(
        _ documents: [BSONDocument], ordered: Bool = true, in session: MongoSession? = nil
    ) async throws(MongoError) {
        guard !documents.isEmpty else { return }
        try await call(in: session) { (call, collection) throws(MongoError) in
            var pointers: [OpaquePointer?] = []
            for document in documents { pointers.append(try call.bson(document)) }
            let options = try call.options(["ordered": .bool(ordered)])
            _ = try call.reply { (reply, error) in
                mongoc_collection_insert_many(collection, &pointers, pointers.count, options, reply, error)
            }
        }
    }

    /// Changes the first match, or every one with `many`.
    ///
    /// - Parameter update: update operators, or `.pipeline([…])`.
    @discardableResult
    package func update(
        _ filter: BSONDocument, _ update: BSONDocument, upsert: Bool = false, many: Bool = false,
        arrayFilters: [BSONDocument]? = nil, in session: MongoSession? = nil
    ) async throws(MongoError) -> UpdateResult {
        var options: BSONDocument = upsert ? ["upsert": true] : [:]
        options.append("arrayFilters", ifPresent: arrayFilters.map { .array($0.map(BSONValue.document)) })
        return try await write(filter, update, options, in: session) {
            collection, filter, update, options, reply, error in
            many
                ? mongoc_collection_update_many(collection, filter, update, options, reply, error)
                : mongoc_collection_update_one(collection, filter, update, options, reply, error)
        }
    }

    /// Puts `replacement` in the place of the first match.
    @discardableResult
    package func replace(
        _ filter: BSONDocument, _ replacement: BSONDocument, upsert: Bool = false, in session: MongoSession? = nil
    ) async throws(MongoError) -> UpdateResult {
        try await write(filter, replacement, upsert ? ["upsert": true] : [:], in: session) {
            mongoc_collection_replace_one($0, $1, $2, $3, $4, $5)
        }
    }

    /// Removes the first match, or every one with `many`.
    ///
    /// - Returns: how many documents went.
    @discardableResult
    package func delete(
        _ filter: BSONDocument, many: Bool = false, in session: MongoSession? = nil
    ) async throws(MongoError) -> Int {
        try await call(in: session) { (call, collection) throws(MongoError) in
            let filter = try call.bson(filter)
            let options = try call.options()
            let reply = try call.reply { (reply, error) in
                many
                    ? mongoc_collection_delete_many(collection, filter, options, reply, error)
                    : mongoc_collection_delete_one(collection, filter, options, reply, error)
            }
            return reply.int("deletedCount") ?? 0
        }
    }

    private typealias Write =
        @Sendable (
            OpaquePointer, OpaquePointer, OpaquePointer, OpaquePointer,
            OpaquePointer, UnsafeMutablePointer<bson_error_t>
        ) -> Bool

    private func write(
        _ filter: BSONDocument, _ change: BSONDocument, _ options: BSONDocument, in session: MongoSession?,
        _ body: @escaping Write
    ) async throws(MongoError) -> UpdateResult {
        try await call(in: session) { (call, collection) throws(MongoError) in
            let (filter, change) = (try call.bson(filter), try call.bson(change))
            let options = try call.options(options)
            let reply = try call.reply { (reply, error) in
                body(collection, filter, change, options, reply, error)
            }
            return UpdateResult(
                matched: reply.int("matchedCount") ?? 0, modified: reply.int("modifiedCount") ?? 0,
                upsertedID: reply["upsertedId"])
        }
    }
}
