internal import JSON
internal import LocalStackSupervisor

extension Scenario {
    /// What the gateway serves about itself: status, OpenAPI, keys, and nothing private.
    static let contract = Scenario(name: "contract") { stage in
        let stranger = stage.stranger()
        let document = try stranger.send("GET", "/openapi.json").expect(200)
        try require(document["openapi"]?.string?.hasPrefix("3.1") == true, "not OpenAPI 3.1")
        let paths = Set(document["paths"]?.object?.members.map(\.key) ?? [])
        let missing = Self.corePaths.filter { path in !paths.contains { Self.same($0, path) } }
        try require(missing.isEmpty, "not in /openapi.json: \(missing.joined(separator: ", "))")

        try stage.eventually("every service is ok in /v1/status") {
            let status = try stranger.send("GET", "/v1/status").expect(200)
            return status["status"]?.string == "ok"
                && StackServices.names.allSatisfy { status["services"]?[$0]?.string == "ok" }
        }
        let keys = try stranger.send("GET", "/.well-known/jwks.json").expect(200)
        try require((keys["keys"]?.array?.count ?? 0) > 0, "no public keys")
        for path in ["/metrics", "/healthz", "/readyz", "/", "/v1", "/v1/nothing"] {
            let reply = try stranger.send("GET", path)
            try requireEqual(reply.status, 404, path)
            try requireEqual(reply.code, "not-found", path)
        }
    }

    /// Path parameters may have any name.
    private static func same(_ left: String, _ right: String) -> Bool {
        let left = left.split(separator: "/")
        let right = right.split(separator: "/")
        return left.count == right.count
            && zip(left, right).allSatisfy { $0 == $1 || ($0.hasPrefix("{") && $1.hasPrefix("{")) }
    }

    private static let corePaths = [
        "/v1/auth/register", "/v1/auth/login", "/v1/auth/refresh", "/v1/auth/logout", "/v1/auth/sessions",
        "/v1/auth/sessions/{id}", "/.well-known/jwks.json", "/v1/users/me", "/v1/users/me/limits",
        "/v1/users/{username}", "/v1/users/by-id/{id}", "/v1/users", "/v1/users/{username}/follow",
        "/v1/users/{username}/followers", "/v1/users/{username}/following", "/v1/users/{username}/block",
        "/v1/users/{username}/mute", "/v1/users/{username}/posts", "/v1/devices/{id}", "/v1/generations",
        "/v1/generations/quote", "/v1/generations/{id}", "/v1/generations/{id}/events", "/v1/generations/models",
        "/v1/posts", "/v1/posts/{id}", "/v1/feed/{kind}", "/v1/posts/{id}/vote", "/v1/leaderboards/{period}",
        "/v1/gems/balance", "/v1/gems/transactions", "/v1/gems/products", "/v1/gems/purchases", "/v1/gems/entitlements",
        "/v1/gems/gift-cards/redeem", "/v1/notifications", "/v1/notifications/read", "/v1/realtime/tickets",
        "/v1/realtime", "/v1/events", "/v1/status",
    ]
}
