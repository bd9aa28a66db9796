import HTTPServer
import JSON
import Runtime

/// Runs a server on a free port for the length of `body`.
func withServer(
    _ routes: [Route], middleware: [any Middleware] = [], loops: Int = 1,
    configure: (inout HTTPServerConfiguration) -> Void = { _ in },
    _ body: (HTTPServer) async throws -> Void
) async throws {
    var configuration = HTTPServerConfiguration()
    configure(&configuration)
    let group = try EventLoopGroup(count: loops)
    let server = try HTTPServer(configuration, routes: routes, middleware: middleware)
    try await server.start(on: group)
    do {
        try await body(server)
    } catch {
        await server.stop(drainingFor: .zero)
        await group.stop()
        throw error
    }
    await server.stop(drainingFor: .seconds(5))
    await group.stop()
}

struct Greeting: RequestBody {
    static let schema = ObjectSchema(.required("name", .string(min: 1, max: 10)), .optional("times", .integer(1...3)))
    let name: String
    let times: Int

    init(_ fields: ValidatedObject) throws {
        name = try fields.string("name")
        times = fields.optionalInt("times") ?? 1
    }
}

/// Routes that show what the server does.
enum TestRoutes {
    static let all: [Route] = [
        Route(.get, "/v1/hello", operation: "hello") { _ in .object { $0.field("hello", "world") } },
        Route(.get, "/v1/things/{id}", operation: "getThing") { request in
            .object {
                $0.field("id", request.parameters["id"])
                $0.field("q", request.query("q"))
                $0.field("agent", request.header("user-agent"))
            }
        },
        Route(.get, "/v1/ids/{name}/{id}", operation: "getID") { request in
            .object {
                $0.field("id", request.parameterID("id")?.hex)
                $0.field("other", request.parameterID("name")?.hex)
                $0.field("none", request.parameterID("what")?.hex)
            }
        },
        Route(.get, "/v1/address", operation: "address") { request in
            let found = request.soleAddress(in: "X-Forwarded-For")
            var answer = Response.object { $0.field("found", "\(found)") }
            answer.rateLimit = RateLimitStatus(remaining: 0, resetsIn: 59, quota: 1_000_000, window: 60)
            return answer
        },
        Route(.get, "/v1/things/special", operation: "getSpecial") { _ in .object { $0.field("special", true) } },
        Route(.delete, "/v1/things/{id}", operation: "deleteThing") { _ in .noContent },
        Route(.get, "/v1/list", operation: "list", query: QueryParameter.page) { request in
            let page = try request.page()
            return .object {
                $0.field("limit", page.limit)
                $0.field("cursor", page.cursor)
                $0.field("next", Cursor.encode(["after": 7] as JSONValue))
            }
        },
        Route(.post, "/v1/greetings", operation: "greet", body: Greeting.self) { _, greeting in
            .object(.created) {
                $0.field("text", String(repeating: "hi \(greeting.name) ", count: greeting.times))
            }
        },
        Route(.get, "/v1/slow", operation: "slow") { request in
            let wait = request.queryInteger("ms") ?? 10
            try await EventLoop.current?.sleep(for: .milliseconds(wait))
            return .object { $0.field("onLoop", EventLoop.current != nil) }
        },
        Route(.get, "/v1/large", operation: "large") { request in
            .bytes(.ok, [UInt8](repeating: 65, count: request.queryInteger("size") ?? 0), contentType: "text/plain")
        },
        Route(
            .get, "/v1/ready", operation: "ready", query: QueryParameter.page,
            ready: { request in
                if request.query("cursor") == "bad" { throw Problem(.invalidCursor) }
                return request.hasQuery ? nil : .object { $0.field("by", "ready") }
            }
        ) { _ in .object { $0.field("by", "handler") } },
        Route(.get, "/v1/broken", operation: "broken") { _ in throw SystemError(call: "test", code: 5) },
        Route(.get, "/v1/full", operation: "full") { _ in throw PoolRejected(pool: "test") },
        Route(.get, "/v1/tagged", operation: "tagged") { request in
            Response.object { $0.field("a", 1) }.conditional(for: request)
        },
    ]
}
