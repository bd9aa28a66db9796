import Domain
import HTTPServer
import JSON
import RedisClient
import Runtime
import ServiceKit
import Synchronization
import TestSupport
import Testing

/// A service of a few routes, behind all that stands around every route.
@Suite(.serialized, .timeLimit(.minutes(2))) struct EdgeLiveTests {
    /// What the routes under test have done.
    private final class Deeds: Sendable {
        private let made = Mutex<[String]>([])
        var all: [String] { made.withLock { $0 } }
        func note(_ deed: String) { made.withLock { $0.append(deed) } }
    }

    private struct Body: RequestBody {
        static let schema = ObjectSchema(.required("name", .string(min: 1, max: 10)))
        let name: String
        init(_ fields: ValidatedObject) throws { name = try fields.string("name") }
    }

    private func definition(_ deeds: Deeds) -> ServiceDefinition {
        ServiceDefinition(
            name: "things", summary: "Things.",
            routes: { _ in
                [
                    Route(.get, "/v1/things", operation: "list") { request in
                        .object { $0.field("address", request.remoteAddress.description) }
                    },
                    Route(
                        .get, "/v1/things/ready", operation: "ready", access: .optionalCaller,
                        ready: { request in .object { $0.field("by", request.remoteAddress.description) } }
                    ) { request in .object { $0.field("by", request.caller?.userID.hex) } },
                    Route(.get, "/v1/things/mine", operation: "mine", access: .caller) { request in
                        .object { $0.field("id", request.caller?.userID.hex) }
                    },
                    Self.begun("/v1/things/begun", .caller), Self.begun("/v1/things/begun/secret", .role(.moderator)),
                    Route(.get, "/v1/things/secret", operation: "secret", access: .role(.moderator)) { _ in .noContent
                    },
                    Route(.get, "/v1/things/broken", operation: "broken") { _ in throw RedisError.unavailable("gone") },
                    Route(
                        .post, "/v1/things", operation: "make", access: .caller, idempotency: .required, body: Body.self
                    ) { request, body in
                        if body.name == "slow" { try await Task.sleep(for: .milliseconds(400)) }
                        if body.name == "bad" { throw Problem(.conflict) }
                        deeds.note(body.name)
                        let id = try request.requestKey().objectID()
                        return .object(.created) { $0.field("id", id.hex) }
                    },
                    Route(.post, "/v1/things/try", operation: "try", limit: .auth) { _ in .noContent },
                ]
            })
    }

    /// A route that answers by a call; its handler says so.
    private static func begun(_ pattern: String, _ access: Access) -> Route {
        Route(
            .get, pattern, operation: pattern, access: access,
            begin: { request, answer in
                guard let loop = EventLoop.current else { return false }
                let call = LoopCall<Void>(on: loop) {
                    guard request.header("X-Fails") == nil else {
                        return answer(.failure(RedisError.unavailable("gone")))
                    }
                    answer(
                        .success(
                            .object {
                                $0.field("id", request.caller?.userID.hex)
                                $0.field("trace", request.trace?.traceID)
                                $0.field("address", request.remoteAddress.description)
                            }))
                }
                loop.execute { call(()) }
                return true
            }
        ) { _ in .object { $0.field("by", "handler") } }
    }

    private func withThings(
        variables: [String: String] = [:], _ body: (TestService, TestPeople, Deeds) async throws -> Void
    ) async throws {
        let stores = try await TestStores.fresh(migrated: false)
        let people = try await TestPeople(stores)
        let deeds = Deeds()
        try await withService(definition(deeds), on: stores, variables: variables) { try await body($0, people, deeds) }
    }

    @Test func `every answer carries a request id and the limit's figures`() async throws {
        try await withThings(variables: ["CIRCLE_LIMITS": "strict"]) { things, _, _ in
            let answer = try await things.http.send(
                "GET", "/v1/things", headers: [(name: "X-Request-Id", value: "mine-1")])
            #expect(answer.header("X-Request-Id") == "mine-1")
            #expect(answer.header("RateLimit")?.hasPrefix("\"default\";r=1199;t=") == true)
            #expect(answer.header("RateLimit-Policy") == "\"default\";q=1200;w=60")
            let missing = try await things.http.get("/v1/nothing")
            #expect(missing.code == "not-found")
            #expect(missing.json["requestId"]?.string == missing.header("X-Request-Id"))
            let wrong = try await things.http.send("DELETE", "/v1/things")
            #expect(wrong.status == 405)
            #expect(wrong.header("Allow")?.contains("GET") == true)
        }
    }

    @Test func `a token that is sent must be good, whatever the route`() async throws {
        try await withThings { things, people, _ in
            let ann = try await people.add("ann")
            let token = try people.token(for: ann)
            #expect(try await things.http.get("/v1/things/mine", token: token).json["id"]?.string == ann.id.hex)
            #expect(try await things.http.get("/v1/things", token: token).status == 200)
            for bad in ["nonsense", token + "x", try people.token(for: ann, lifetime: .seconds(-5))] {
                let answer = try await things.http.get("/v1/things", token: bad)
                #expect(answer.status == 401)
                #expect(answer.code == "unauthenticated")
                #expect(answer.header("WWW-Authenticate")?.hasPrefix("Bearer") == true)
            }
            #expect(try await things.http.get("/v1/things/mine").status == 401)
            #expect(try await things.http.get("/v1/things/secret", token: token).code == "forbidden")
            let admin = try await people.add("root") { $0.roles = [.admin] }
            #expect(try await things.http.get("/v1/things/secret", token: try people.token(for: admin)).status == 204)
        }
    }

    @Test(arguments: ["/v1/things/mine", "/v1/things/begun"])
    func `a revoked session is refused within a second`(path: String) async throws {
        try await withThings { things, people, _ in
            let session = SessionID.new()
            let token = try people.token(for: try await people.add("ann"), session: session)
            #expect(try await things.http.get(path, token: token).status == 200)
            try await things.context.redis.send(Revocation.session(session).command(now: .now()))
            try await eventually(within: .seconds(1), "the refusal") {
                try await things.http.get(path, token: token).status == 401
            }
        }
    }

    @Test func `a repeated key gets the first answer, and nothing is done twice`() async throws {
        try await withThings { things, people, deeds in
            let token = try people.token(for: try await people.add("ann"))
            let other = try people.token(for: try await people.add("bob"))
            let first = try await things.http.post("/v1/things", ["name": "a"], token: token, key: "k1")
            #expect(first.status == 201)
            let again = try await things.http.post("/v1/things", ["name": "a"], token: token, key: "k1")
            #expect(again.status == 201)
            #expect(again.bytes == first.bytes)
            #expect(again.header("Idempotency-Replayed") == "true")
            #expect(again.header("Content-Type") == "application/json")
            let reused = try await things.http.post("/v1/things", ["name": "b"], token: token, key: "k1")
            #expect(reused.status == 422)
            #expect(reused.code == "idempotency-key-reused")
            let missing = try await things.http.post("/v1/things", ["name": "a"], token: token)
            #expect(missing.status == 400)
            #expect(missing.code == "idempotency-key-required")
            let bobs = try await things.http.post("/v1/things", ["name": "a"], token: other, key: "k1")
            #expect(bobs.json != first.json)
            #expect(deeds.all == ["a", "a"])
        }
    }

    @Test func `a key in flight is a conflict, and a refusal is evaluated anew`() async throws {
        try await withThings { things, people, deeds in
            let token = try people.token(for: try await people.add("ann"))
            let answers = try await withThrowingTaskGroup(of: TestAnswer.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        try await things.http.post("/v1/things", ["name": "slow"], token: token, key: "k2")
                    }
                }
                return try await group.reduce(into: [TestAnswer]()) { $0.append($1) }
            }
            #expect(answers.filter { $0.status == 201 && $0.header("Idempotency-Replayed") == nil }.count == 1)
            #expect(answers.filter { $0.status == 409 }.allSatisfy { $0.code == "idempotency-in-flight" })
            #expect(deeds.all == ["slow"])
            for _ in 0..<2 {
                #expect(
                    try await things.http.post("/v1/things", ["name": "bad"], token: token, key: "k3").status == 409)
            }
            let invalid = try await things.http.post("/v1/things", ["name": ""], token: token, key: "k4")
            #expect(invalid.status == 422)
            #expect(try await things.http.post("/v1/things", ["name": "c"], token: token, key: "k4").status == 201)
        }
    }

    @Test func `tries at authentication are counted exactly`() async throws {
        try await withThings(variables: ["CIRCLE_LIMITS": "strict"]) { things, _, _ in
            var statuses: [Int] = []
            for _ in 0..<31 { statuses.append(try await things.http.post("/v1/things/try").status) }
            #expect(statuses.filter { $0 == 204 }.count == 30)
            let refused = try await things.http.post("/v1/things/try")
            #expect(refused.status == 429)
            #expect(refused.code == "rate-limited")
            #expect(Int(refused.header("Retry-After") ?? "") ?? 0 >= 1)
        }
    }

    @Test func `an answer that is ready is limited, counted and only for those without a token`() async throws {
        try await withThings(variables: ["CIRCLE_LIMITS": "strict"]) { things, people, _ in
            let ann = try await people.add("ann")
            let hers = try await things.http.get("/v1/things/ready", token: try people.token(for: ann))
            #expect(hers.json["by"]?.string == ann.id.hex)
            // Where the minute turns meanwhile, the budget begins anew.
            var answered = 0
            while answered < 2400, try await things.http.get("/v1/things/ready").status == 200 { answered += 1 }
            #expect((1199...2399).contains(answered))
            #expect(try await things.http.get("/v1/things/ready").code == "rate-limited")
            let metrics = try await things.admin.get("/metrics").text
            let series = #"circle_http_requests_total{method="GET",route="/v1/things/ready",status="200"}"#
            #expect(metrics.contains("\(series) \(answered + 1)\n"))
        }
    }

    @Test func `an answer that is waited for without a task has all that stands around the others`() async throws {
        try await withThings { things, people, _ in
            let ann = try await people.add("ann")
            let token = try people.token(for: ann)
            // A token that is new is verified first, which is no matter of a call.
            #expect(try await things.http.get("/v1/things/begun", token: token).json["by"]?.string == "handler")
            let trace = "0af7651916cd43dd8448eb211c80319c"
            let answer = try await things.http.send(
                "GET", "/v1/things/begun",
                headers: [
                    (name: "Authorization", value: "Bearer \(token)"), (name: "X-Request-Id", value: "mine-2"),
                    (name: "traceparent", value: "00-\(trace)-b7ad6b7169203331-01"),
                    (name: "X-Forwarded-For", value: "192.0.2.7"),
                ])
            #expect(answer.json["id"]?.string == ann.id.hex && answer.json["trace"]?.string == trace)
            #expect(answer.json["address"]?.string == "192.0.2.7" && answer.header("X-Request-Id") == "mine-2")
            #expect(answer.header("RateLimit") != nil && answer.header("RateLimit-Policy") != nil)
            #expect(try await things.http.get("/v1/things/begun").status == 401)
            #expect(try await things.http.get("/v1/things/begun", token: token + "x").status == 401)
            #expect(try await things.http.get("/v1/things/begun/secret", token: token).status == 403)
            let failed = try await things.http.send(
                "GET", "/v1/things/begun",
                headers: [(name: "Authorization", value: "Bearer \(token)"), (name: "X-Fails", value: "1")])
            #expect(failed.status == 503 && failed.code == "unavailable")
            let metrics = try await things.admin.get("/metrics").text
            #expect(metrics.contains(#"{method="GET",route="/v1/things/begun",status="200"}"#))
        }
    }

    @Test func `an answer that is waited for without a task is limited once a request`() async throws {
        try await withThings(variables: ["CIRCLE_LIMITS": "strict"]) { things, people, _ in
            let token = try people.token(for: try await people.add("ann"))
            var left: [Int] = []
            // Where the minute turns meanwhile, the budget begins anew: then once more.
            repeat {
                left = []
                for _ in 0..<3 {
                    let figures = try await things.http.get("/v1/things/begun", token: token).header("RateLimit") ?? ""
                    left.append(
                        try #require(figures.split(separator: ";").dropFirst().first.flatMap { Int($0.dropFirst(2)) }))
                }
            } while left[2] > left[0]
            #expect(left == [left[0], left[0] - 1, left[0] - 2])
        }
    }

    @Test func `a loopback client names its address only where limits are relaxed`() async throws {
        let header = [(name: "X-Forwarded-For", value: "192.0.2.7, 127.0.0.1")]
        for (limits, address) in [("relaxed", "192.0.2.7"), ("strict", "127.0.0.1")] {
            try await withThings(variables: ["CIRCLE_LIMITS": limits]) { things, _, _ in
                let answer = try await things.http.send("GET", "/v1/things", headers: header)
                #expect(answer.json["address"]?.string == address)
            }
        }
    }

    @Test func `a store that is away is a 503 with a time to come back`() async throws {
        try await withThings { things, _, _ in
            let answer = try await things.http.get("/v1/things/broken")
            #expect(answer.status == 503)
            #expect(answer.code == "unavailable")
            #expect(answer.header("Retry-After") == "1")
        }
    }

    @Test func `the admin port tells health, readiness and metrics, and the API port does not`() async throws {
        try await withThings { things, _, _ in
            _ = try await things.http.get("/v1/things")
            #expect(try await things.admin.get("/healthz").status == 200)
            let ready = try await things.admin.get("/readyz?verbose")
            #expect(ready.json["checks"]?.array?.contains { $0["name"]?.string == "redis" } == true)
            let metrics = try await things.admin.get("/metrics").text
            #expect(metrics.contains(#"circle_http_requests_total{method="GET",route="/v1/things",status="200"}"#))
            #expect(try await things.http.get("/metrics").status == 404)
        }
    }
}
