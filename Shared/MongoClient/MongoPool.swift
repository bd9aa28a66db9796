import CMongoc

/// The owner of libmongoc's client pool.
///
/// The pool itself is thread-safe; a client popped from it belongs to one thread until it is pushed back. It may hand
/// out more clients than there are threads, because sessions and cursors keep theirs between calls.
final class MongoPool: @unchecked Sendable {  // lock: the C pool's own
    let database: String
    let operationMilliseconds: Int64
    private let pool: OpaquePointer

    init(_ configuration: MongoConfiguration) throws(MongoError) {
        MongocLibrary.start()
        var error = bson_error_t()
        guard let uri = mongoc_uri_new_with_error(configuration.url, &error) else {
            throw .configuration("\(MongoError(error))")
        }
        defer { mongoc_uri_destroy(uri) }
        guard let database = mongoc_uri_get_database(uri) else {
            throw .configuration("the MongoDB URL names no database")
        }
        self.database = String(cString: database)
        operationMilliseconds = configuration.operationTime.wholeMilliseconds
        Self.applyDefaults(configuration, to: uri)
        guard let pool = mongoc_client_pool_new_with_error(uri, &error) else {
            throw .configuration("\(MongoError(error))")
        }
        // Version 2 tells the server's codes from the driver's.
        mongoc_client_pool_set_error_api(pool, 2)
        mongoc_client_pool_max_size(pool, UInt32(configuration.threads * 4))
        self.pool = pool
    }

    deinit { mongoc_client_pool_destroy(pool) }

    func pop() throws(MongoError) -> OpaquePointer {
        guard let client = mongoc_client_pool_pop(pool) else { throw .unavailable("every connection is in use") }
        return client
    }

    func push(_ client: OpaquePointer) { mongoc_client_pool_push(pool, client) }

    private static func applyDefaults(_ configuration: MongoConfiguration, to uri: OpaquePointer) {
        let selection = Int32(clamping: configuration.selectionTime.wholeMilliseconds)
        let operation = Int32(clamping: configuration.operationTime.wholeMilliseconds)
        let numbers: [(String, Int32)] = [
            ("serverselectiontimeoutms", selection), ("connecttimeoutms", selection), ("waitqueuetimeoutms", selection),
            ("sockettimeoutms", operation + 2_000),
        ]
        for (name, value) in numbers where !mongoc_uri_has_option(uri, name) {
            mongoc_uri_set_option_as_int32(uri, name, value)
        }
        for name in ["retrywrites", "retryreads"] where !mongoc_uri_has_option(uri, name) {
            mongoc_uri_set_option_as_bool(uri, name, true)
        }
        if !mongoc_uri_has_option(uri, "appname") { _ = mongoc_uri_set_appname(uri, configuration.applicationName) }
        if !mongoc_uri_has_option(uri, "w") {
            let concern = mongoc_write_concern_new()
            mongoc_write_concern_set_w(concern, MONGOC_WRITE_CONCERN_W_MAJORITY)
            mongoc_uri_set_write_concern(uri, concern)
            mongoc_write_concern_destroy(concern)
        }
        if !mongoc_uri_has_option(uri, "readconcernlevel") {
            let concern = mongoc_read_concern_new()
            mongoc_read_concern_set_level(concern, "majority")
            mongoc_uri_set_read_concern(uri, concern)
            mongoc_read_concern_destroy(concern)
        }
    }
}

/// A client out of the pool, and back into it at the end of its life.
final class MongoConnection: @unchecked Sendable {  // owner: one call, session or cursor at a time
    let client: OpaquePointer
    private let pool: MongoPool

    init(_ pool: MongoPool) throws(MongoError) {
        client = try pool.pop()
        self.pool = pool
    }

    deinit { pool.push(client) }
}
