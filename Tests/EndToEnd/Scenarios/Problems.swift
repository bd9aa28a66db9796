internal import JSON
internal import LocalStackSupervisor

/// A route that takes a body, with one that fits.
struct BodyRoute: Sendable {
    let method: String
    let path: String
    let body: JSONObject
    let needsToken: Bool
    let key: String?

    static let all: [BodyRoute] = [
        BodyRoute(
            "POST", "/v1/auth/register",
            [
                "username": "somebody_else", "email": "somebody@example.com", "password": "long enough words",
                "device": ["id": "d1", "platform": "web"],
            ], token: false),
        BodyRoute(
            "POST", "/v1/auth/login",
            [
                "login": "somebody", "password": "long enough words", "device": ["id": "d1", "platform": "web"],
            ], token: false),
        BodyRoute("POST", "/v1/auth/refresh", ["refreshToken": "nonsense"], token: false),
        BodyRoute("PATCH", "/v1/users/me", ["bio": "hello"]),
        BodyRoute("POST", "/v1/generations", ["prompt": "a harbour"], key: "problems-generation"),
        BodyRoute("POST", "/v1/generations/quote", ["prompt": "a harbour"]),
        BodyRoute("POST", "/v1/posts", ["generationId": "0123456789abcdef01234567"], key: "problems-post"),
        BodyRoute("POST", "/v1/gems/purchases", ["productId": "nothing"], key: "problems-purchase"),
        BodyRoute("POST", "/v1/gems/gift-cards/redeem", ["code": "NOTHING"], key: "problems-card"),
        BodyRoute("POST", "/v1/notifications/read", ["all": true]),
        BodyRoute(
            "POST", "/v1/events",
            [
                "events": [["event": "post_viewed", "properties": [:], "timestamp": "2026-01-01T00:00:00.000Z"]]
            ], token: false),
    ]

    init(_ method: String, _ path: String, _ body: JSONObject, token: Bool = true, key: String? = nil) {
        self.method = method
        self.path = path
        self.body = body
        needsToken = token
        self.key = key
    }
}

extension Scenario {
    /// Every error of the contract, over the wire.
    static let problems = Scenario(name: "problems") { stage in
        let person = try stage.person("problems")
        var faults: [String] = []
        func check(_ reply: Reply, _ status: Int, _ code: String, _ note: String = "") {
            if let fault = ProblemShape.fault(of: reply, status: status, code: code) {
                faults.append("\(reply.request) \(note): \(fault)")
            }
        }
        for route in BodyRoute.all { try bodies(route, person, check) }
        try tokens(stage, person, check)
        try methods(person, check)
        try unknown(person, check)
        do {
            try rules(stage, person, check)
        } catch {
            faults.append("\(error)")
        }
        if !faults.isEmpty { throw StackError("\n    " + faults.joined(separator: "\n    ")) }
    }

    typealias Check = (_ reply: Reply, _ status: Int, _ code: String, _ note: String) -> Void

    private static func bodies(_ route: BodyRoute, _ person: Person, _ check: Check) throws {
        func send(_ bytes: [UInt8]) throws -> Reply {
            try person.sendRaw(route.method, route.path, bytes, key: route.key)
        }
        check(try send(Array("{\"".utf8)), 400, "invalid-json", "broken JSON")
        check(try send([]), 400, "invalid-json", "no body")
        check(try send(Array("{\"a\": \u{1}}".utf8)), 400, "invalid-json", "a control character")
        check(try send(Array("[1]".utf8)), 422, "validation-failed", "an array")
        var unknown = route.body
        unknown["surprise"] = 1
        let reply = try send(JSONWriter.bytes(JSONValue.object(unknown)))
        check(reply, 422, "validation-failed", "an unknown field")
        if reply.json["errors"]?[0]?["pointer"]?.string != "/surprise" {
            check(reply, 422, "no pointer to /surprise", "an unknown field")
        }
        if let first = route.body.members.first {
            var wrong = route.body
            wrong[first.key] = ["not": "this"]
            check(try send(JSONWriter.bytes(JSONValue.object(wrong))), 422, "validation-failed", "a wrong type")
        }
        let large = Array("{\"a\": \"".utf8) + [UInt8](repeating: 97, count: 2 << 20) + Array("\"}".utf8)
        check(try send(large), 413, "body-too-large", "2 MiB")
    }

    private static func tokens(_ stage: Stage, _ person: Person, _ check: Check) throws {
        let routes: [(String, String)] =
            BodyRoute.all.filter(\.needsToken).map { ($0.method, $0.path) } + [
                ("GET", "/v1/users/me"), ("GET", "/v1/users/me/limits"), ("GET", "/v1/auth/sessions"),
                ("POST", "/v1/auth/logout"), ("GET", "/v1/generations"), ("GET", "/v1/gems/balance"),
                ("GET", "/v1/gems/transactions"), ("GET", "/v1/gems/entitlements"), ("GET", "/v1/notifications"),
                ("POST", "/v1/realtime/tickets"), ("PUT", "/v1/posts/0123456789abcdef01234567/vote"),
                ("PUT", "/v1/users/nobody/follow"), ("GET", "/v1/feed/following"), ("GET", "/v1/feed/for-you"),
            ]
        let parts = person.accessToken.split(separator: ".")
        let forged = "\(parts[0]).\(parts[1]).\(String(parts[2].reversed()))"
        for (method, path) in routes {
            let stranger = stage.stranger()
            let missing = try stranger.send(method, path, method == "GET" ? nil : [:])
            check(missing, 401, "unauthenticated", "without a token")
            if missing.header("WWW-Authenticate") == nil { check(missing, 401, "no WWW-Authenticate", "") }
            for token in ["nonsense", forged, String(person.accessToken.dropLast(10))] {
                stranger.accessToken = token
                check(try stranger.send(method, path, method == "GET" ? nil : [:]), 401, "unauthenticated", "forged")
            }
        }
        let stranger = stage.stranger()
        stranger.accessToken = forged
        check(try stranger.send("GET", "/v1/feed/new"), 401, "unauthenticated", "a forged token on a public route")
    }

    private static func methods(_ person: Person, _ check: Check) throws {
        for (method, path) in [
            ("DELETE", "/v1/auth/register"), ("GET", "/v1/auth/login"), ("POST", "/v1/users/me"),
            ("PUT", "/v1/generations"), ("DELETE", "/v1/posts"), ("POST", "/v1/feed/new"),
            ("POST", "/v1/posts/0123456789abcdef01234567/vote"), ("POST", "/v1/leaderboards/daily"),
            ("DELETE", "/v1/gems/balance"), ("PATCH", "/v1/gems/products"), ("PUT", "/v1/notifications"),
            ("GET", "/v1/users/nobody/follow"), ("GET", "/v1/events"),
        ] {
            let reply = try person.send(method, path, method == "GET" ? nil : [:])
            check(reply, 405, "method-not-allowed", "")
            if reply.header("Allow")?.isEmpty != false { check(reply, 405, "no Allow", "") }
        }
    }

    private static func unknown(_ person: Person, _ check: Check) throws {
        for id in ["0123456789abcdef01234567", "nonsense", "0123456789ABCDEF0123456"] {
            for (method, path) in [
                ("GET", "/v1/posts/\(id)"), ("PUT", "/v1/posts/\(id)/vote"), ("GET", "/v1/generations/\(id)"),
                ("DELETE", "/v1/generations/\(id)"), ("GET", "/v1/users/by-id/\(id)"),
                ("DELETE", "/v1/auth/sessions/\(id)"), ("DELETE", "/v1/posts/\(id)"),
            ] {
                check(try person.send(method, path), 404, "not-found", "")
            }
        }
        for path in [
            "/v1/users/nobody_of_this_name", "/v1/users/nobody_of_this_name/posts",
            "/v1/users/nobody_of_this_name/followers", "/v1/feed/sideways", "/v1/leaderboards/yearly",
        ] {
            check(try person.send("GET", path), 404, "not-found", "")
        }
        check(try person.send("PUT", "/v1/users/nobody_of_this_name/follow"), 404, "not-found", "")
    }

    /// Refusals that the rules of the game give to a newcomer.
    private static func rules(_ stage: Stage, _ person: Person, _ check: Check) throws {
        let twin = Person(username: person.username, address: person.address, port: stage.port)
        let taken: JSONValue = [
            "username": .string(twin.username), "email": "another@example.com", "password": "long enough words",
            "device": twin.device,
        ]
        check(try twin.send("POST", "/v1/auth/register", taken), 409, "username-taken", "")
        let email: JSONValue = [
            "username": "yet_another_name", "email": .string("\(person.username)@example.com"),
            "password": "long enough words", "device": twin.device,
        ]
        check(try twin.send("POST", "/v1/auth/register", email), 409, "email-taken", "")
        for login in [person.username, "nobody_of_this_name"] {
            let body: JSONValue = ["login": .string(login), "password": "wrong words here", "device": twin.device]
            check(try twin.send("POST", "/v1/auth/login", body), 401, "invalid-credentials", login)
        }
        func order(_ body: JSONValue, _ key: String) throws -> Reply {
            try person.send("POST", "/v1/generations", body, key: "rules-\(key)")
        }
        check(try order(["prompt": "a harbour", "model": "sketch-plus"], "locked"), 403, "model-locked", "")
        check(try order(["prompt": "a harbour", "model": "sdxl-turbo"], "absent"), 503, "model-unavailable", "")
        let product = try person.productUnlocking("sketch-plus")
        check(
            try person.send("POST", "/v1/gems/purchases", ["productId": .string(product)], key: "rules-poor"), 402,
            "insufficient-gems", "")
    }
}

/// What every problem has in common.
enum ProblemShape {
    static func fault(of reply: Reply, status: Int, code: String) -> String? {
        if reply.status != status { return "status \(reply.status), not \(status): \(reply.answer.text.prefix(200))" }
        if reply.code != code { return "code \(reply.code ?? "none"), not \(code)" }
        if reply.header("Content-Type")?.hasPrefix("application/problem+json") != true { return "not problem+json" }
        guard let id = reply.json["requestId"]?.string, id == reply.header("X-Request-Id") else {
            return "requestId differs from X-Request-Id"
        }
        if reply.json["status"]?.int != status { return "status in the body differs" }
        if code == "validation-failed", (reply.json["errors"]?.array?.count ?? 0) == 0 { return "no errors listed" }
        if [429, 503].contains(status), reply.header("Retry-After") == nil { return "no Retry-After" }
        return nil
    }
}
