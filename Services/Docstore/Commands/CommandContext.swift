import BSON

/// What a running command stands on.
final class CommandContext {
    let server: Server
    let connection: ConnectionInfo
    let request: CommandRequest
    /// The transaction the command is part of.
    var transaction: Transaction?
    let limit: TimeLimit

    init(server: Server, connection: ConnectionInfo, request: CommandRequest) {
        self.server = server
        self.connection = connection
        self.request = request
        limit = TimeLimit(deadline: request.maxTimeMS > 0 ? Clock.monotonic + request.maxTimeMS : nil)
    }

    var store: Store { server.store }

    /// Reads in the transaction's view, or else in a snapshot of its own.
    func read<R>(_ body: (any StoreView) throws -> R) throws -> R {
        if let transaction { return try body(transaction.view) }
        return try store.read { try body($0) }
    }
}

/// What the server knows of a client's connection.
final class ConnectionInfo: @unchecked Sendable {
    let id: Int32
    let localAddress: String
    let remoteAddress: String
    /// Set by the handshake, which is the connection's first message; read by the connection's own thread.
    var applicationName = ""

    init(id: Int32, localAddress: String, remoteAddress: String) {
        self.id = id
        self.localAddress = localAddress
        self.remoteAddress = remoteAddress
    }
}
