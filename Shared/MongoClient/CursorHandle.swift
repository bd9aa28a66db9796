import BSON
import CMongoc
import Runtime

/// The owner of a `mongoc_cursor_t`, with the connection that it lives on.
final class CursorHandle: @unchecked Sendable {  // lock: `state`
    private struct State: @unchecked Sendable {  // lock: that of `state`
        var cursor: OpaquePointer?
        /// Keeps the connection out of the pool as long as the cursor lives.
        var connection: MongoConnection?
    }

    private let state: Locked<State>

    init(_ cursor: OpaquePointer?, connection: MongoConnection) throws(MongoError) {
        guard let cursor else { throw .configuration("libmongoc made no cursor") }
        state = Locked(State(cursor: cursor, connection: connection))
    }

    deinit { close() }

    static func find(
        _ filter: BSONDocument, _ options: BSONDocument, _ call: MongoCall, _ collection: OpaquePointer
    ) throws(MongoError) -> CursorHandle {
        try find(try call.bson(filter), options, call, collection)
    }

    static func find(
        _ filter: OpaquePointer, _ options: BSONDocument, _ call: MongoCall, _ collection: OpaquePointer
    ) throws(MongoError) -> CursorHandle {
        var options = options
        options.append("maxTimeMS", .int64(call.operationMilliseconds))
        return try CursorHandle(
            mongoc_collection_find_with_opts(collection, filter, try call.options(options), nil),
            connection: call.connection)
    }

    static func aggregate(
        _ pipeline: [BSONDocument], _ call: MongoCall, _ collection: OpaquePointer
    ) throws(MongoError) -> CursorHandle {
        let stages = try call.bson(.pipeline(pipeline))
        let options = try call.options(["maxTimeMS": .int64(call.operationMilliseconds)])
        return try CursorHandle(
            mongoc_collection_aggregate(collection, MONGOC_QUERY_NONE, stages, options, nil),
            connection: call.connection)
    }

    /// What `row` makes of each further document, read in libmongoc's own memory.
    func rows<Row: Sendable>(
        _ row: @Sendable (inout BSONFields) throws(BSONError) -> Row
    ) throws(MongoError) -> [Row] {
        try state.withLock { (state) throws(MongoError) in
            guard let cursor = state.cursor else { return [] }
            var rows: [Row] = []
            var document: OpaquePointer?
            while mongoc_cursor_next(cursor, &document), let found = document {
                rows.append(try BSONDocument.read(found, row))
            }
            try Self.check(cursor)
            return rows
        }
    }

    /// At most `count` further documents; fewer only at the end.
    func next(_ count: Int) throws(MongoError) -> [BSONDocument] {
        try state.withLock { (state) throws(MongoError) in
            guard let cursor = state.cursor else { return [] }
            var documents: [BSONDocument] = []
            var document: OpaquePointer?
            while documents.count < count, mongoc_cursor_next(cursor, &document), let found = document {
                documents.append(try BSONDocument(found))
            }
            try Self.check(cursor)
            return documents
        }
    }

    private static func check(_ cursor: OpaquePointer) throws(MongoError) {
        var error = bson_error_t()
        var reply: OpaquePointer?
        if mongoc_cursor_error_document(cursor, &error, &reply) {
            let document = try reply.map { (found) throws(MongoError) in try BSONDocument(found) }
            throw MongoError(error, reply: document)
        }
    }

    func close() {
        state.withLock { state in
            if let cursor = state.cursor { mongoc_cursor_destroy(cursor) }
            state.cursor = nil
            state.connection = nil
        }
    }
}
