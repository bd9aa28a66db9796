import BSON
import CMongoc
import Runtime

/// A server session inside a transaction: pass it to every operation that belongs to it.
///
/// Its operations run one after the other, whatever the caller does, because libmongoc's session is bound to one client.
package final class MongoSession: @unchecked Sendable {  // lock: `state`
    private struct State: @unchecked Sendable {  // lock: that of `state`, held by nobody but the session's own calls
        let connection: MongoConnection
        let pointer: OpaquePointer
    }

    private let state: Locked<State>

    init(_ pool: MongoPool) throws(MongoError) {
        let connection = try MongoConnection(pool)
        var error = bson_error_t()
        guard let pointer = mongoc_client_start_session(connection.client, nil, &error) else { throw MongoError(error) }
        state = Locked(State(connection: connection, pointer: pointer))
    }

    deinit { state.withLock { mongoc_client_session_destroy($0.pointer) } }

    func exclusively<Success>(
        _ body: (MongoConnection, OpaquePointer) throws(MongoError) -> Success
    ) throws(MongoError) -> Success {
        try state.withLock { (state) throws(MongoError) in try body(state.connection, state.pointer) }
    }

    /// Snapshot reads and majority writes, said explicitly.
    func startTransaction() throws(MongoError) {
        let options = mongoc_transaction_opts_new()
        defer { mongoc_transaction_opts_destroy(options) }
        let read = mongoc_read_concern_new()
        defer { mongoc_read_concern_destroy(read) }
        mongoc_read_concern_set_level(read, "snapshot")
        mongoc_transaction_opts_set_read_concern(options, read)
        let write = mongoc_write_concern_new()
        defer { mongoc_write_concern_destroy(write) }
        mongoc_write_concern_set_w(write, MONGOC_WRITE_CONCERN_W_MAJORITY)
        mongoc_transaction_opts_set_write_concern(options, write)
        try exclusively { (_, pointer) throws(MongoError) in
            var error = bson_error_t()
            guard mongoc_client_session_start_transaction(pointer, options, &error) else { throw MongoError(error) }
        }
    }

    func commit() throws(MongoError) {
        try exclusively { (_, pointer) throws(MongoError) in
            let (succeeded, document, error) = try MongoCall.withReply { (reply, error) in
                mongoc_client_session_commit_transaction(pointer, reply, error)
            }
            guard succeeded else { throw MongoError(error, reply: document) }
        }
    }

    /// An abort that the server does not hear of ends by the server's own timeout: nothing to report.
    func abort() {
        state.withLock { state in
            guard mongoc_client_session_in_transaction(state.pointer) else { return }
            _ = mongoc_client_session_abort_transaction(state.pointer, nil)
        }
    }
}
