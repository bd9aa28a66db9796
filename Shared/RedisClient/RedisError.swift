/// What can go wrong with a command, named by what the caller can do.
package enum RedisError: Error, Equatable {
    /// Nothing was sent: Redis is away, loading or overloaded. Retrying is safe.
    case unavailable(String)
    /// The connection broke after the command was handed over: it may have run.
    case connectionLost
    /// No answer within the deadline: it may have run, or run later.
    case timedOut
    /// The server refused the command.
    case server(RedisServerError)
    /// The reply has another shape than the command promises.
    case unexpectedReply(RedisReply)
    case cancelled
    /// A URL in the configuration cannot be read.
    case malformedURL(String)

    /// True where waiting may help: the answer to a client is 503.
    package var isTransient: Bool {
        switch self {
        case .unavailable, .connectionLost, .timedOut: true
        case .server(let error): error.isTransient
        case .unexpectedReply, .cancelled, .malformedURL: false
        }
    }
}

/// An error reply of the server: `CODE message`.
package struct RedisServerError: Error, Equatable, Sendable, CustomStringConvertible {
    package let code: String
    package let message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    init(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        code = parts.first.map(String.init) ?? "ERR"
        message = parts.count > 1 ? String(parts[1]) : ""
    }

    package var description: String { "\(code) \(message)" }

    var isTransient: Bool {
        switch code {
        case "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "READONLY", "BUSY", "OOM": true
        default: false
        }
    }
}
