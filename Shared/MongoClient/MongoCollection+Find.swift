package import BSON
import CMongoc

extension MongoCollection {
    /// The documents that match, all of them at once: give a limit wherever the data does not.
    package func find(
        _ filter: BSONDocument, sort: BSONDocument? = nil, skip: Int = 0, limit: Int = 0,
        projection: BSONDocument? = nil, hint: String? = nil, in session: MongoSession? = nil
    ) async throws(MongoError) -> [BSONDocument] {
        let options = FindOptions(sort: sort, skip: skip, limit: limit, projection: projection, hint: hint).document
        return try await call(in: session) { (call, collection) throws(MongoError) in
            let cursor = try CursorHandle.find(filter, options, call, collection)
            return try cursor.next(.max)
        }
    }

    /// Reads each document that matches as it comes, on the thread that talks to the server: for many at once, of which
    /// a tree would cost more than what is read of it.
    ///
    /// - Parameter filter: encoded, as it often names hundreds of ids.
    package func find<Row: Sendable>(
        encoded filter: BSONWriter, projection: BSONDocument? = nil, in session: MongoSession? = nil,
        reading row: @escaping @Sendable (inout BSONFields) throws(BSONError) -> Row
    ) async throws(MongoError) -> [Row] {
        let options = FindOptions(sort: nil, skip: 0, limit: 0, projection: projection, hint: nil).document
        return try await call(in: session) { (call, collection) throws(MongoError) in
            try CursorHandle.find(try call.bson(encoded: filter), options, call, collection).rows(row)
        }
    }

    /// The first document that matches.
    package func findOne(
        _ filter: BSONDocument, sort: BSONDocument? = nil, projection: BSONDocument? = nil,
        in session: MongoSession? = nil
    ) async throws(MongoError) -> BSONDocument? {
        var find = FindOptions(sort: sort, skip: 0, limit: 1, projection: projection, hint: nil)
        find.isSingleBatch = true
        let options = find.document
        return try await call(in: session) { (call, collection) throws(MongoError) in
            let cursor = try CursorHandle.find(filter, options, call, collection)
            return try cursor.next(1).first
        }
    }

    /// The document with this `_id`.
    package func findByID(
        _ id: BSONValue, projection: BSONDocument? = nil, in session: MongoSession? = nil
    ) async throws(MongoError) -> BSONDocument? {
        try await findOne(["_id": id], projection: projection, in: session)
    }

    /// The results of a pipeline, all of them at once.
    package func aggregate(
        _ pipeline: [BSONDocument], in session: MongoSession? = nil
    ) async throws(MongoError) -> [BSONDocument] {
        try await call(in: session) { (call, collection) throws(MongoError) in
            try CursorHandle.aggregate(pipeline, call, collection).next(.max)
        }
    }

    /// The same, each result read as it comes.
    package func aggregate<Row: Sendable>(
        _ pipeline: [BSONDocument], in session: MongoSession? = nil,
        reading row: @escaping @Sendable (inout BSONFields) throws(BSONError) -> Row
    ) async throws(MongoError) -> [Row] {
        try await call(in: session) { (call, collection) throws(MongoError) in
            try CursorHandle.aggregate(pipeline, call, collection).rows(row)
        }
    }

    /// How many documents match.
    package func count(
        _ filter: BSONDocument = [:], limit: Int = 0, in session: MongoSession? = nil
    ) async throws(MongoError) -> Int {
        try await call(in: session) { (call, collection) throws(MongoError) in
            let filter = try call.bson(filter)
            var document: BSONDocument = ["maxTimeMS": .int64(call.operationMilliseconds)]
            if limit > 0 { document.append("limit", .int64(Int64(limit))) }
            let options = try call.options(document)
            var count: Int64 = -1
            _ = try call.reply { (reply, error) in
                count = mongoc_collection_count_documents(collection, filter, options, nil, reply, error)
                return count >= 0
            }
            return Int(count)
        }
    }

    /// The distinct values of a field.
    package func distinct(
        _ key: String, _ filter: BSONDocument = [:], in session: MongoSession? = nil
    ) async throws(MongoError) -> [BSONValue] {
        let reply = try await database.run(
            ["distinct": .string(name), "key": .string(key), "query": .document(filter)], in: session)
        return reply.array("values") ?? []
    }

    /// Hands over every document that matches in batches, without ever holding more than one batch.
    ///
    /// Not a snapshot: documents written meanwhile may or may not be seen. Order by `_id` or an immutable key.
    package func forEachBatch(
        _ filter: BSONDocument = [:], sort: BSONDocument? = nil, projection: BSONDocument? = nil,
        batchSize: Int = 500, _ body: ([BSONDocument]) async throws -> Void
    ) async throws {
        var options = FindOptions(sort: sort, skip: 0, limit: 0, projection: projection, hint: nil)
        options.batchSize = batchSize
        let document = options.document
        let cursor = try await call(in: nil) { (call, collection) throws(MongoError) in
            try CursorHandle.find(filter, document, call, collection)
        }
        do {
            while true {
                let batch = try await client.onThread { () throws(MongoError) in try cursor.next(batchSize) }
                if !batch.isEmpty { try await body(batch) }
                if batch.count < batchSize { break }
            }
        } catch {
            // Ending the cursor tells the server, which may block: not on the caller's thread.
            try? await client.onThread { () throws(MongoError) in cursor.close() }
            throw error
        }
        try await client.onThread { () throws(MongoError) in cursor.close() }
    }
}

/// Options of a find, as the command wants them.
struct FindOptions: Sendable {
    var sort: BSONDocument?
    var skip: Int
    var limit: Int
    var projection: BSONDocument?
    var hint: String?
    var batchSize = 0
    var isSingleBatch = false

    var document: BSONDocument {
        var document: BSONDocument = [:]
        document.append("sort", ifPresent: sort.map { .document($0) })
        document.append("projection", ifPresent: projection.map { .document($0) })
        document.append("hint", ifPresent: hint.map { .string($0) })
        if skip > 0 { document.append("skip", .int64(Int64(skip))) }
        if limit > 0 { document.append("limit", .int64(Int64(limit))) }
        if batchSize > 0 { document.append("batchSize", .int64(Int64(batchSize))) }
        if isSingleBatch { document.append("singleBatch", true) }
        return document
    }
}

extension BSONDocument {
    /// A pipeline in the shape that libmongoc takes: a document with the keys of an array.
    package static func pipeline(_ stages: [BSONDocument]) -> BSONDocument {
        BSONDocument(elements: stages.enumerated().map { (key: String($0.offset), value: .document($0.element)) })
    }
}
