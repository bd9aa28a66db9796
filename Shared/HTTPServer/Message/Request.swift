package import BSON
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
    private var match: RouteMatch
    /// Why the server refuses the request before any route sees it.
    let refusal: Problem?
    /// The peer's address, until a middleware that trusts a proxy puts the client's in its place.
    @exclusivity(unchecked) package var remoteAddress: IPAddress
    /// Set by authentication.
    @exclusivity(unchecked) package var caller: Caller?
    @exclusivity(unchecked) package var trace: TraceContext?
    /// The instant the request was complete, on the monotonic clock.
    package let receivedAt: UInt64
    private let source: any RequestSource
    @exclusivity(unchecked) private var chosenIdentity: RequestIdentity?

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
    package var parameters: PathParameters {
        keepParameters()
        return match.parameters
    }

    /// One value of the pattern, without making the others.
    package func parameter(_ name: String) -> String {
        guard let index = match.route?.parameterNames.firstIndex(of: name), index < match.places.count else {
            return match.parameters[name]
        }
        return source.pathText(match.places[index])
    }

    /// A value of the pattern that is a document's id; nil for one that is something else.
    package func parameterID(_ name: String) -> ObjectID? {
        guard let index = match.route?.parameterNames.firstIndex(of: name), index < match.places.count else {
            return ObjectID(hex: match.parameters[name])
        }
        return source.pathID(match.places[index])
    }

    /// Makes strings of the parameters while the path is there: for whoever goes on when the client may be gone.
    func keepParameters() { match.readParameters { source.pathText($0) } }

    /// What is answered where no route matched.
    var unmatchedProblem: Problem { match.problem }

    /// The first value of a header, whatever the case of its name.
    package func header(_ name: String) -> String? { source.header(name) }

    /// All values of a header, in order.
    package func headers(_ name: String) -> [String] { source.headers(name) }

    /// The first value of a header, as it came: for what is compared and no text.
    package func headerBytes(_ name: String) -> [UInt8]? { source.headerBytes(name) }

    /// Lends the first value of a header, as it came; false where there is none.
    package func lendHeader(_ name: StaticString, to body: (Swift.Span<UInt8>) -> Void) -> Bool {
        source.lendHeader(name, to: body)
    }

    /// The address that a header names, as nearly all do that name any: one value, and one IPv4 address in it.
    package func soleAddress(in name: StaticString) -> SoleAddress { source.soleAddress(in: name) }

    /// Whether the client sent a query at all.
    package var hasQuery: Bool { source.hasQuery }

    /// The decoded value of a query parameter; nil when the client did not send it.
    package func query(_ name: String) -> String? { source.query(name) }

    /// A query parameter as a whole number; nil when absent. The router has checked its declared type and range.
    package func queryInteger(_ name: String) -> Int? { query(name).flatMap { Int($0) } }

    /// For logs, labels and metrics: the pattern, never the raw path.
    package var routePattern: String { route?.pattern ?? "unmatched" }

    /// The client's `X-Request-Id` where it is one to be trusted in a log, else one of ours. In every answer.
    package var requestID: String { identity.text }

    var identity: RequestIdentity {
        if let chosenIdentity { return chosenIdentity }
        let chosen = RequestIdentity(header("X-Request-Id"))
        chosenIdentity = chosen
        return chosen
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
    func lendHeader(_ name: StaticString, to body: (Swift.Span<UInt8>) -> Void) -> Bool
    func soleAddress(in name: StaticString) -> SoleAddress
    func pathText(_ place: Range<Int>) -> String
    func pathID(_ place: Range<Int>) -> ObjectID?
}

/// What a header says about an address.
package enum SoleAddress: Sendable, Equatable {
    case absent
    case one(IPAddress)
    /// More than one, or something else: to be read in full.
    case other
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

    func lendHeader(_ name: StaticString, to body: (Swift.Span<UInt8>) -> Void) -> Bool {
        guard let value = headerBytes("\(name)") else { return false }
        body(value.span)
        return true
    }

    func soleAddress(in name: StaticString) -> SoleAddress { headers("\(name)").isEmpty ? .absent : .other }

    /// The parameters came as strings.
    func pathText(_ place: Range<Int>) -> String { "" }
    func pathID(_ place: Range<Int>) -> ObjectID? { nil }
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
