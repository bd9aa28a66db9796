package import JSON
import Runtime
package import Telemetry

/// One request, from its first middleware to its answer. Loop-confined: handlers run on the loop that read it.
///
/// Headers and query are looked up where the HTTP library keeps them, so what nobody asks for costs nothing. They are
/// there until the answer is handed over; what a stream needs afterwards, its handler reads before it returns.
package final class Request: @unchecked Sendable {  // loop: the one that read it
    /// Nil for a method that no route has.
    package let method: HTTPMethod?
    package let body: [UInt8]
    private let match: RouteMatch
    /// Why the server refuses the request before any route sees it.
    let refusal: Problem?
    /// The peer's address, until a middleware that trusts a proxy puts the client's in its place.
    package var remoteAddress: IPAddress
    /// Set by authentication.
    package var caller: Caller?
    package var trace: TraceContext?
    /// The instant the request was complete, on the monotonic clock.
    package let receivedAt: UInt64
    private let source: any RequestSource
    private var identifier: String?

    init(
        method: HTTPMethod?, body: [UInt8], match: RouteMatch, refusal: Problem? = nil, remoteAddress: IPAddress,
        source: any RequestSource
    ) {
        self.method = method
        self.body = body
        self.match = match
        self.refusal = refusal
        self.remoteAddress = remoteAddress
        self.source = source
        receivedAt = EventLoop.monotonicNanoseconds()
    }

    /// A request that came over no wire, for tests of handlers and middleware.
    package convenience init(
        _ method: HTTPMethod = .get, _ path: String = "/", route: Route? = nil, parameters: [String: String] = [:],
        query: [String: String] = [:], headers: Headers = [:], body: [UInt8] = [], caller: Caller? = nil,
        remoteAddress: IPAddress = .loopback
    ) {
        self.init(
            method: method, body: body,
            match: RouteMatch(route: route, parameters: PathParameters(parameters.map { ($0.key, $0.value) })),
            remoteAddress: remoteAddress, source: MemorySource(path: path, headers: headers, query: query))
        self.caller = caller
    }

    /// Decoded, without the query.
    package var path: String { source.path }

    /// The server's logger with the ids of this request and its trace; made for whoever has something to say.
    package var logger: Logger {
        let own = source.logger.with("request_id", requestID)
        return trace.map { own.with($0) } ?? own
    }

    /// The route that matched; nil when none did.
    package var route: Route? { match.route }

    /// The values of `{name}` in the route's pattern.
    package var parameters: PathParameters { match.parameters }

    /// What is answered where no route matched.
    var unmatchedProblem: Problem { match.problem }

    /// The first value of a header, whatever the case of its name.
    package func header(_ name: String) -> String? { source.header(name) }

    /// All values of a header, in order.
    package func headers(_ name: String) -> [String] { source.headers(name) }

    /// The first value of a header, as it came: for what is compared and no text.
    package func headerBytes(_ name: String) -> [UInt8]? { source.headerBytes(name) }

    /// Whether the client sent a query at all.
    package var hasQuery: Bool { source.hasQuery }

    /// The decoded value of a query parameter; nil when the client did not send it.
    package func query(_ name: String) -> String? { source.query(name) }

    /// A query parameter as a whole number; nil when absent. The router has checked its declared type and range.
    package func queryInteger(_ name: String) -> Int? { query(name).flatMap { Int($0) } }

    /// For logs, labels and metrics: the pattern, never the raw path.
    package var routePattern: String { route?.pattern ?? "unmatched" }

    /// The client's `X-Request-Id` where it is one to be trusted in a log, else one of ours. In every answer.
    package var requestID: String {
        if let identifier { return identifier }
        let chosen = header("X-Request-Id").flatMap { Self.isPlain($0) ? $0 : nil } ?? Self.newIdentifier()
        identifier = chosen
        return chosen
    }

    /// 16 hexadecimal digits, written where they will stay.
    private static func newIdentifier() -> String {
        let number = TraceIdentifiers.next()
        return String(unsafeUninitializedCapacity: 16) { digits in
            for index in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * index) & 15)
                digits[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
            }
            return 16
        }
    }

    private static func isPlain(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                byte | 0x20 &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x2D || byte == 0x5F || byte == 0x2E
            }
    }

    /// The body as JSON.
    /// - Throws: `invalid-json`.
    package func json() throws(Problem) -> JSONValue {
        do {
            return try JSONParser.parse(body)
        } catch {
            throw Problem(.invalidJSON, error.description)
        }
    }

    /// The caller of a route that requires one.
    /// - Throws: `unauthenticated` when there is none.
    package func requireCaller() throws(Problem) -> Caller {
        guard let caller else { throw Problem(.unauthenticated) }
        return caller
    }
}

/// Where a request's headers and query come from: the wire, or memory in tests.
protocol RequestSource: AnyObject {
    var path: String { get }
    var logger: Logger { get }
    var hasQuery: Bool { get }
    func header(_ name: String) -> String?
    func headerBytes(_ name: String) -> [UInt8]?
    func headers(_ name: String) -> [String]
    func query(_ name: String) -> String?
}

private final class MemorySource: RequestSource {
    let path: String
    let logger = Logger(label: "request")
    private let fields: Headers
    private let parameters: [String: String]

    init(path: String, headers: Headers, query: [String: String]) {
        self.path = path
        fields = headers
        parameters = query
    }

    var hasQuery: Bool { !parameters.isEmpty }

    func header(_ name: String) -> String? { fields[name] }
    func headerBytes(_ name: String) -> [UInt8]? { fields[name].map { Array($0.utf8) } }
    func headers(_ name: String) -> [String] {
        fields.fields.filter { Headers.areEqual($0.name, name) }.map(\.value)
    }
    func query(_ name: String) -> String? { parameters[name] }
}

/// The values of `{name}` in a route's pattern.
package struct PathParameters: Sendable {
    /// The route's own: as many as there are values.
    private let names: [String]
    private let values: [String]

    package init(_ values: [(String, String)] = []) { self.init(values.map(\.0), values.map(\.1)) }

    init(_ names: [String], _ values: [String]) {
        self.names = names
        self.values = values
    }

    /// A parameter of the route's own pattern; empty for a name that is not in it.
    package subscript(_ name: String) -> String {
        for index in values.indices where names[index] == name { return values[index] }
        return ""
    }
}
