package import BSON
import CMongoc

/// One operation of a bulk.
package enum WriteOperation: Equatable, Sendable {
    case insert(BSONDocument)
    case updateOne(filter: BSONDocument, update: BSONDocument, upsert: Bool = false)
    case updateMany(filter: BSONDocument, update: BSONDocument, upsert: Bool = false)
    case replaceOne(filter: BSONDocument, replacement: BSONDocument, upsert: Bool = false)
    case deleteOne(BSONDocument)
    case deleteMany(BSONDocument)
}

/// What a bulk did, and which operations were refused.
package struct BulkResult: Equatable, Sendable {
    package var inserted = 0
    package var matched = 0
    package var modified = 0
    package var deleted = 0
    package var upserted = 0
    /// The operation's place in the list, and why the server refused it.
    package var refusals: [Refusal] = []

    package struct Refusal: Equatable, Sendable {
        package let index: Int
        package let error: MongoError

        package init(index: Int, error: MongoError) {
            self.index = index
            self.error = error
        }
    }

    package init() {}
}

extension MongoCollection {
    /// Runs many writes in as few round trips as the server's limits allow.
    ///
    /// - Parameter ordered: stop at the first refusal; otherwise the others are still tried.
    /// - Returns: refused operations are in `refusals`: look at them.
    /// - Throws: what concerns the bulk as a whole, such as a broken connection; part of it may have happened.
    package func bulk(
        _ operations: [WriteOperation], ordered: Bool = true, in session: MongoSession? = nil
    ) async throws(MongoError) -> BulkResult {
        guard !operations.isEmpty else { return BulkResult() }
        return try await bulk(ordered: ordered, in: session) { (bulk, call) throws(MongoError) in
            for operation in operations { try operation.append(to: bulk, call) }
        }
    }

    /// The same for writes that are encoded already.
    @discardableResult
    package func bulk(
        _ writes: EncodedWrites, ordered: Bool = true, in session: MongoSession? = nil
    ) async throws(MongoError) -> BulkResult {
        guard !writes.isEmpty else { return BulkResult() }
        return try await bulk(ordered: ordered, in: session) { (bulk, call) throws(MongoError) in
            try writes.append(to: bulk, call)
        }
    }

    private func bulk(
        ordered: Bool, in session: MongoSession?,
        _ fill: @escaping @Sendable (OpaquePointer, MongoCall) throws(MongoError) -> Void
    ) async throws(MongoError) -> BulkResult {
        try await call(in: session) { (call, collection) throws(MongoError) in
            let options = try call.options(["ordered": .bool(ordered)])
            guard let bulk = mongoc_collection_create_bulk_operation_with_opts(collection, options) else {
                throw .configuration("libmongoc made no bulk")
            }
            defer { mongoc_bulk_operation_destroy(bulk) }
            try fill(bulk, call)
            let (succeeded, document, error) = try MongoCall.withReply { (reply, error) in
                mongoc_bulk_operation_execute(bulk, reply, error) != 0
            }
            let result = BulkResult(document)
            // Refused operations are part of the answer, except in a transaction, which they end.
            guard succeeded || (!result.refusals.isEmpty && session == nil) else {
                throw MongoError(error, reply: document)
            }
            return result
        }
    }
}

extension BulkResult {
    fileprivate init(_ reply: BSONDocument) {
        inserted = reply.int("nInserted") ?? 0
        matched = reply.int("nMatched") ?? 0
        modified = reply.int("nModified") ?? 0
        deleted = reply.int("nRemoved") ?? 0
        upserted = reply.int("nUpserted") ?? 0
        refusals = (reply.array("writeErrors") ?? []).compactMap(\.documentValue).map {
            Refusal(index: $0.int("index") ?? 0, error: MongoError(writeError: $0))
        }
    }
}

extension WriteOperation {
    fileprivate func append(to bulk: OpaquePointer, _ call: MongoCall) throws(MongoError) {
        var error = bson_error_t()
        let succeeded: Bool
        switch self {
        case .insert(let document):
            succeeded = mongoc_bulk_operation_insert_with_opts(bulk, try call.bson(document), nil, &error)
        case .updateOne(let filter, let update, let upsert):
            succeeded = mongoc_bulk_operation_update_one_with_opts(
                bulk, try call.bson(filter), try call.bson(update), try call.bson(["upsert": .bool(upsert)]),
                &error)
        case .updateMany(let filter, let update, let upsert):
            succeeded = mongoc_bulk_operation_update_many_with_opts(
                bulk, try call.bson(filter), try call.bson(update), try call.bson(["upsert": .bool(upsert)]),
                &error)
        case .replaceOne(let filter, let replacement, let upsert):
            succeeded = mongoc_bulk_operation_replace_one_with_opts(
                bulk, try call.bson(filter), try call.bson(replacement),
                try call.bson(["upsert": .bool(upsert)]), &error)
        case .deleteOne(let filter):
            succeeded = mongoc_bulk_operation_remove_one_with_opts(bulk, try call.bson(filter), nil, &error)
        case .deleteMany(let filter):
            succeeded = mongoc_bulk_operation_remove_many_with_opts(bulk, try call.bson(filter), nil, &error)
        }
        guard succeeded else { throw MongoError(error) }
    }
}
