import HTTPServer
import JSON
import Runtime
import Testing

@Suite(.timeLimit(.minutes(2)))
struct HTTPServerTests {
    @Test func `a route answers JSON with a request id, and keeps the connection`() async throws {
        try await withServer(TestRoutes.all) { server in
            let port = server.port
            let answers = try await blocking {
                let client = try RawClient(port: port)
                return [
                    try client.request("GET", "/v1/hello"),
                    try client.request("GET", "/v1/hello", headers: ["X-Request-Id: abc-1"]),
                    try client.request("HEAD", "/v1/hello"),
                    try client.request("GET", "/v1/hello", headers: ["X-Request-Id: not plain"]),
                ]
            }
            #expect(answers.map(\.status) == [200, 200, 200, 200])
            #expect(answers[0].text == #"{"hello":"world"}"#)
            #expect(answers[0].header("Content-Type") == "application/json")
            #expect(answers[0].header("X-Request-Id")?.utf8.count == 16)
            #expect(answers[1].header("X-Request-Id") == "abc-1")
            #expect(answers[2].header("Content-Length") == "17")
            #expect(answers[3].header("X-Request-Id") != "not plain")
        }
    }

    @Test func `parameters and queries are decoded, and fixed segments win`() async throws {
        try await withServer(TestRoutes.all) { server in
            let port = server.port
            let answers = try await blocking {
                let client = try RawClient(port: port)
                return [
                    try client.request("GET", "/v1/things/a%20b?q=c%26d+e&x=1", headers: ["User-Agent: me"]),
                    try client.request("GET", "/v1/things/special"),
                    try client.request("DELETE", "/v1/things/special"),
                ]
            }
            #expect(answers[0].text == #"{"id":"a b","q":"c&d e","agent":"me"}"#)
            #expect(answers[1].text == #"{"special":true}"#)
            #expect(answers[2].status == 405)
        }
    }

    @Test func `an id in a path is read without a string, and only where it is one`() async throws {
        let id = "0123456789abcdefABCDEF01"
        try await withServer(TestRoutes.all) { server in
            let port = server.port
            let answers = try await blocking {
                let client = try RawClient(port: port)
                return try ["me/\(id)", "me/%30123456789abcdefABCDEF01", "me/\(id)0", "me/z\(id.dropFirst())"].map {
                    try client.request("GET", "/v1/ids/\($0)").text
                }
            }
            let none = #"{"id":null,"other":null,"none":null}"#
            let found = #"{"id":"\#(id.lowercased())","other":null,"none":null}"#
            #expect(answers == [found, found, none, none])
        }
    }

    @Test func `an address is taken from a header that is there once and names one, and a budget is told in figures`()
        async throws
    {
        try await withServer(TestRoutes.all) { server in
            let port = server.port
            let answers = try await blocking {
                let client = try RawClient(port: port)
                return try [
                    [], ["x-forwarded-FOR: 192.0.2.7"], ["X-Forwarded-For: 192.0.2.7, 192.0.2.8"],
                    ["X-Forwarded-For: 192.0.2.7", "X-Forwarded-For: 192.0.2.8"], ["X-Forwarded-For: 2001:db8::1"],
                    ["X-Forwarded-For: 192.0.2.256"], ["X-Forwarded-Fo: 192.0.2.7"],
                ].map { try client.request("GET", "/v1/address", headers: $0) }
            }
            let found = ["absent", "one(192.0.2.7)", "other", "other", "other", "other", "absent"]
            #expect(answers.map(\.text) == found.map { "{\"found\":\"\($0)\"}" })
            #expect(answers[0].header("RateLimit") == "\"default\";r=0;t=59")
            #expect(answers[0].header("RateLimit-Policy") == "\"default\";q=1000000;w=60")
        }
    }

    @Test func `an answer that is ready needs no handler, and what it leaves goes to the handler`() async throws {
        try await withServer(TestRoutes.all) { server in
            let port = server.port
            let answers = try await blocking {
                let client = try RawClient(port: port)
                return [
                    try client.request("GET", "/v1/ready"), try client.request("HEAD", "/v1/ready"),
                    try client.request("GET", "/v1/ready?limit=3"), try client.request("GET", "/v1/ready?limit=0"),
                    try client.request("GET", "/v1/ready?cursor=bad"),
                ]
            }
            #expect(answers.map(\.status) == [200, 200, 200, 422, 400])
            #expect(answers.map(\.text).prefix(3) == [#"{"by":"ready"}"#, "", #"{"by":"handler"}"#])
            #expect(answers[0].header("X-Request-Id")?.utf8.count == 16)
        }
    }

    @Test(
        arguments: [
            ("GET", "/v1/nothing", nil, 404, "not-found"), ("GET", "/", nil, 404, "not-found"),
            ("PUT", "/v1/hello", nil, 405, "method-not-allowed"), ("BREW", "/v1/hello", nil, 405, "method-not-allowed"),
            ("POST", "/v1/greetings", "{", 400, "invalid-json"), ("POST", "/v1/greetings", "", 400, "invalid-json"),
            ("POST", "/v1/greetings", "{}", 422, "validation-failed"),
            ("POST", "/v1/greetings", #"{"name":"x","other":1}"#, 422, "validation-failed"),
            ("GET", "/v1/list?limit=0", nil, 422, "validation-failed"),
            ("GET", "/v1/list?limit=x", nil, 422, "validation-failed"),
            ("GET", "/v1/list?cursor=x", nil, 400, "invalid-cursor"), ("GET", "/v1/broken", nil, 500, "internal-error"),
            ("GET", "/v1/full", nil, 503, "unavailable"),
        ] as [(String, String, String?, Int, String)])
    func `every error is a problem`(method: String, path: String, body: String?, status: Int, code: String) async throws
    {
        try await withServer(TestRoutes.all) { server in
            let port = server.port
            let answer = try await blocking { try RawClient(port: port).request(method, path, body: body) }
            #expect(answer.status == status)
            #expect(answer.header("Content-Type") == "application/problem+json")
            let problem = try JSONParser.parse(answer.body)
            #expect(problem["code"]?.string == code)
            #expect(problem["requestId"]?.string == answer.header("X-Request-Id"))
            if status == 405 { #expect(answer.header("Allow") == "GET, HEAD") }
            if status == 503 { #expect(answer.header("Retry-After") == "1") }
        }
    }

    @Test func `validation names each field, and a valid body reaches the handler`() async throws {
        try await withServer(TestRoutes.all) { server in
            let port = server.port
            let answers = try await blocking {
                let client = try RawClient(port: port)
                return [
                    try client.request("POST", "/v1/greetings", body: #"{"name":"","times":4}"#),
                    try client.request("POST", "/v1/greetings", body: #"{"name":"Ada","times":2}"#),
                ]
            }
            let pointers = try JSONParser.parse(answers[0].body)["errors"]?.array?.compactMap { $0["pointer"]?.string }
            #expect(pointers == ["/name", "/times"])
            #expect(answers[1].status == 201)
            #expect(answers[1].text == #"{"text":"hi Ada hi Ada "}"#)
        }
    }

    @Test func `a cursor comes back as it was`() async throws {
        try await withServer(TestRoutes.all) { server in
            let port = server.port
            let second = try await blocking {
                let client = try RawClient(port: port)
                let first = try JSONParser.parse(try client.request("GET", "/v1/list").body)
                return try client.request("GET", "/v1/list?limit=100&cursor=\(first["next"]?.string ?? "")")
            }
            #expect(try JSONParser.parse(second.body)["cursor"] == ["after": 7])
            #expect(try JSONParser.parse(second.body)["limit"] == 100)
        }
    }

    @Test(arguments: [1_048_577, 2_000_000])
    func `a body over the limit is refused in full view`(size: Int) async throws {
        try await withServer(TestRoutes.all) { server in
            let port = server.port
            let answers = try await blocking {
                let client = try RawClient(port: port)
                let long = String(repeating: "x", count: size)
                return [
                    try client.request("POST", "/v1/greetings", body: long),
                    try client.request("POST", "/v1/greetings", body: #"{"name":"after"}"#),
                ]
            }
            #expect(answers[0].status == 413)
            #expect(try JSONParser.parse(answers[0].body)["code"] == "body-too-large")
            #expect(answers[1].status == 201)
        }
    }

    @Test func `a chunked body over the limit is refused, and one that expects 100 is not asked for`() async throws {
        try await withServer(TestRoutes.all) { server in
            let port = server.port
            let statuses = try await blocking {
                let chunked = try RawClient(port: port)
                chunked.send("POST /v1/greetings HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")
                let chunk = "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
                for _ in 0..<20 { chunked.send(chunk) }
                chunked.send("0\r\n\r\n")
                let polite = try RawClient(port: port)
                polite.send(
                    "POST /v1/greetings HTTP/1.1\r\nHost: t\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n")
                return [try chunked.readAnswer().status, try polite.readHead().status]
            }
            #expect(statuses == [413, 413])
        }
    }

    @Test(arguments: [128, 256, 512])
    func `so many connections at once are all answered, handlers suspending or not`(count: Int) async throws {
        try await withServer(TestRoutes.all, loops: 2) { server in
            let port = server.port
            let statuses = try await blocking {
                let clients = try (0..<count).map { _ in try RawClient(port: port) }
                var statuses: [Int] = []
                for path in ["/v1/hello", "/v1/slow?ms=5", "/v1/hello"] {
                    for client in clients { client.send("GET \(path) HTTP/1.1\r\nHost: test\r\n\r\n") }
                    for client in clients { statuses.append(try client.readAnswer().status) }
                }
                return statuses
            }
            #expect(statuses == [Int](repeating: 200, count: count * 3))
        }
    }

    @Test func `requests sent in one piece are answered in order`() async throws {
        try await withServer(TestRoutes.all) { server in
            let port = server.port
            let texts = try await blocking {
                let client = try RawClient(port: port)
                let line = { (id: Int) in "GET /v1/things/\(id) HTTP/1.1\r\nHost: t\r\n\r\n" }
                client.send((0..<50).map(line).joined())
                return try (0..<50).map { _ in try JSONParser.parse(try client.readAnswer().body)["id"]?.string }
            }
            #expect(texts == (0..<50).map { "\($0)" })
        }
    }

    @Test func `a handler that suspends resumes on its loop`() async throws {
        try await withServer(TestRoutes.all) { server in
            let port = server.port
            let answer = try await blocking { try RawClient(port: port).request("GET", "/v1/slow?ms=20") }
            #expect(answer.text == #"{"onLoop":true}"#)
        }
    }

    @Test(arguments: [0, 1, 4096, 4097, 3_000_000])
    func `an answer of any length arrives whole`(size: Int) async throws {
        try await withServer(TestRoutes.all) { server in
            let port = server.port
            let answer = try await blocking { try RawClient(port: port).request("GET", "/v1/large?size=\(size)") }
            #expect(answer.body.count == size)
        }
    }

    @Test func `what the client has already is not sent again`() async throws {
        try await withServer(TestRoutes.all) { server in
            let port = server.port
            let answers = try await blocking {
                let client = try RawClient(port: port)
                let first = try client.request("GET", "/v1/tagged")
                let tag = first.header("ETag") ?? ""
                return [first, try client.request("GET", "/v1/tagged", headers: ["If-None-Match: \"x\", W/\(tag)"])]
            }
            #expect(answers[1].status == 304)
            #expect(answers[1].header("ETag") == answers[0].header("ETag"))
            #expect(answers[1].body.isEmpty)
        }
    }
}
