/// A request to another server.
package struct ClientRequest: Sendable {
    package var method: String
    /// Absolute, `http` or `https`.
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// For everything together: looking up, connecting, redirects, retries. Nil for the client's default.
    package var deadline: Duration?
    /// Larger bodies end the transfer with `tooLarge`. Nil for the client's default.
    package var maximumBytes: Int?
    /// How many redirects may be followed; each target is checked like a first one. Never for requests with a body.
    package var redirects: Int
    /// Whether sending it twice is harmless; nil lets the method decide.
    package var isIdempotent: Bool?

    package init(
        _ method: String = "GET", _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        deadline: Duration? = nil, maximumBytes: Int? = nil, redirects: Int = 0, isIdempotent: Bool? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadline = deadline
        self.maximumBytes = maximumBytes
        self.redirects = redirects
        self.isIdempotent = isIdempotent
    }

    var maySendTwice: Bool { isIdempotent ?? ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"].contains(method) }
}

package struct ClientResponse: Sendable {
    package var status: Int
    /// As sent, in order; names are compared without regard to case by `header`.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of that name.
    package func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}

/// Why no answer came, by what the caller can do about it.
package enum HTTPClientError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not an absolute http or https address, or a header with a line break: the caller's mistake.
    case invalidRequest(String)
    /// The name leads to an address that this client may not reach.
    case refusedAddress(host: String)
    /// The host failed too often lately; nothing was sent. Retry later.
    case circuitOpen(host: String)
    case timedOut
    case tooLarge(limit: Int)
    case tooManyRedirects
    /// No name, no connection, a broken connection, a bad certificate: retry may help.
    case unreachable(String)
    /// This process has too much waiting already; nothing was sent.
    case overloaded
    case cancelled

    package var description: String {
        switch self {
        case .invalidRequest(let reason): "invalid request: \(reason)"
        case .refusedAddress(let host): "\(host) leads to a refused address"
        case .circuitOpen(let host): "\(host) failed too often lately"
        case .timedOut: "timed out"
        case .tooLarge(let limit): "answer larger than \(limit) bytes"
        case .tooManyRedirects: "too many redirects"
        case .unreachable(let reason): reason
        case .overloaded: "too many requests waiting"
        case .cancelled: "cancelled"
        }
    }
}
