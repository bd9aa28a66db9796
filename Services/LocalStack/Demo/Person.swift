internal import Glibc
package import JSON

/// Somebody who plays: an account, an address and a connection of their own.
///
/// `@unchecked Sendable`: the owner hands a person to one thread at a time.
package final class Person: @unchecked Sendable {
    package let username: String
    package let address: String
    package private(set) var id = ""
    package var accessToken = ""
    package private(set) var refreshToken = ""
    package let password = "correct horse battery"
    private let wire: HTTPWire

    package init(username: String, address: String, port: Int, timeout: Double = 30) {
        self.username = username
        self.address = address
        wire = HTTPWire(port: port, timeout: timeout)
    }

    /// Closes the connection; the next request opens another. Thousands of people need not hold one each.
    package func disconnect() { wire.close() }

    package var device: JSONValue { ["id": .string("device-\(username)"), "platform": "web"] }

    /// Sends one request and returns whatever comes back.
    package func send(
        _ method: String, _ path: String, _ body: JSONValue? = nil, key: String? = nil
    ) throws(WireError) -> Reply {
        let bytes = body.map { JSONWriter.bytes($0) }
        return try sendRaw(method, path, bytes, key: key)
    }

    /// Sends a body as it is, for those that are no JSON.
    package func sendRaw(
        _ method: String, _ path: String, _ bytes: [UInt8]?, key: String? = nil, headers extra: [(String, String)] = []
    ) throws(WireError) -> Reply {
        var headers = [("X-Forwarded-For", address), ("Accept", "application/json")] + extra
        if !accessToken.isEmpty { headers.append(("Authorization", "Bearer \(accessToken)")) }
        if let key { headers.append(("Idempotency-Key", key)) }
        if bytes != nil { headers.append(("Content-Type", "application/json")) }
        return Reply(try wire.request(method, path, headers: headers, body: bytes), to: "\(method) \(path)")
    }

    /// Sends a request that may safely be sent again, until it is answered by something else than "not now".
    package func insist(
        _ method: String, _ path: String, _ body: JSONValue? = nil, key: String? = nil, within seconds: Double = 60
    ) throws -> Reply {
        let deadline = Clock.monotonic + seconds
        while true {
            do {
                let reply = try send(method, path, body, key: key)
                if !reply.asksToComeBack || Clock.monotonic > deadline { return reply }
                Clock.pause(seconds: min(Double(reply.header("Retry-After") ?? "") ?? 0.5, 1))
            } catch {
                wire.close()
                if Clock.monotonic > deadline { throw error }
                Clock.pause(seconds: 0.2)
            }
        }
    }

    /// Registers, or signs in where an answer to the registration got lost on the way.
    package func register(extra: [(String, JSONValue)] = []) throws {
        var body: JSONObject = [
            "username": .string(username), "email": .string("\(username)@example.com"),
            "password": .string(password), "displayName": .string(username.capitalizedFirst), "device": device,
        ]
        for (key, value) in extra { body[key] = value }
        let reply = try insist("POST", "/v1/auth/register", .object(body))
        if reply.status == 409 { return try signIn() }
        try take(try reply.expect(201))
    }

    package func signIn() throws {
        accessToken = ""  // A token that has ended is refused on public routes too.
        let body: JSONValue = ["login": .string(username), "password": .string(password), "device": device]
        try take(try insist("POST", "/v1/auth/login", body).expect(200))
    }

    private func take(_ answer: JSONValue) throws {
        guard let id = answer["user"]?["id"]?.string, let access = answer["tokens"]?["accessToken"]?.string else {
            throw StackError("no user and tokens in the answer to \(username)")
        }
        self.id = id
        accessToken = access
        refreshToken = answer["tokens"]?["refreshToken"]?.string ?? ""
    }
}

/// An answer with its JSON.
package struct Reply: Sendable {
    package let request: String
    package let status: Int
    package let json: JSONValue
    package let answer: WireAnswer

    init(_ answer: WireAnswer, to request: String) {
        self.request = request
        self.answer = answer
        status = answer.status
        do {
            json = try JSONParser.parse(answer.body)
        } catch {
            json = .null  // Pictures and empty answers are no JSON; who expects some finds nothing in it.
        }
    }

    package func header(_ name: String) -> String? { answer.header(name) }

    /// The stable code of a problem.
    package var code: String? { json["code"]?.string }

    var asksToComeBack: Bool {
        (status == 503 && code != "model-unavailable") || (status == 429 && code == "rate-limited") || status == 502
            || (status == 409 && code == "idempotency-in-flight")
    }

    /// - Throws: `StackError` that shows the whole answer, when the status is another one.
    @discardableResult
    package func expect(_ wanted: Int) throws -> JSONValue {
        guard status == wanted else {
            throw StackError("\(request): \(wanted) expected, \(status) came: \(answer.text)")
        }
        return json
    }
}

extension String {
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
