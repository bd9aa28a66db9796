internal import LocalStackSupervisor

extension Scenario {
    /// Request ids, CORS, security headers, compression.
    static let gatewayManners = Scenario(name: "gateway") { stage in
        let wire = HTTPWire(port: stage.port)
        let plain = try wire.request("GET", "/v1/gems/products")
        try requireEqual(plain.status, 200, "products")
        try require((plain.header("X-Request-Id")?.count ?? 0) >= 16, "no request id of the gateway's own")
        for (name, value) in [
            ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
        ] {
            try requireEqual(plain.header(name), value, name)
            try requireEqual(plain.headers.filter { $0.name == name }.count, 1, "times \(name) is said")
        }
        let named = try wire.request("GET", "/v1/gems/products", headers: [("X-Request-Id", "client-chose-this-1")])
        try requireEqual(named.header("X-Request-Id"), "client-chose-this-1", "a sane request id")
        let wild = try wire.request("GET", "/v1/gems/products", headers: [("X-Request-Id", "<script>")])
        try require(wild.header("X-Request-Id") != "<script>", "a wild request id came back")

        try cors(wire)
        let zipped = try wire.request("GET", "/openapi.json", headers: [("Accept-Encoding", "gzip")])
        try requireEqual(zipped.header("Content-Encoding"), "gzip", "compression of the OpenAPI document")
        let malformed = HTTPWire(port: stage.port)
        try malformed.send(bytes: Array("GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n".utf8))
        let refusal = try malformed.answer()
        try requireEqual(refusal.status, 400, "malformed HTTP")
        try require(refusal.header("Content-Type")?.hasPrefix("application/problem+json") == true, "not a problem")
    }

    private static func cors(_ wire: HTTPWire) throws {
        let allowed = "http://localhost:3000"
        let answer = try wire.request("GET", "/v1/gems/products", headers: [("Origin", allowed)])
        try requireEqual(answer.header("Access-Control-Allow-Origin"), allowed, "an allowed origin")
        try require(answer.headers.contains { $0.name == "Vary" && $0.value.contains("Origin") }, "no Vary: Origin")
        let other = try wire.request("GET", "/v1/gems/products", headers: [("Origin", "http://evil.example")])
        try require(other.header("Access-Control-Allow-Origin") == nil, "a foreign origin was allowed")
        let preflight = try wire.request(
            "OPTIONS", "/v1/posts",
            headers: [("Origin", allowed), ("Access-Control-Request-Method", "POST")])
        try requireEqual(preflight.status, 204, "preflight")
        try require(
            preflight.header("Access-Control-Allow-Headers")?.contains("Idempotency-Key") == true,
            "Idempotency-Key is not allowed")
    }
}
