import HTTPClient
package import JSON
import Runtime

/// Talks to a service under test as a client would.
package struct TestHTTP: Sendable {
    package let url: String
    private let client: HTTPClient

    package init(url: String) throws {
        self.url = url
        client = HTTPClient(configuration: .loopback, loops: try TestLoops.shared())
    }

    /// Sends one request and reads the whole answer.
    ///
    /// - Parameters:
    ///   - token: an access token, without the scheme.
    ///   - key: an `Idempotency-Key`.
    package func send(
        _ method: String, _ path: String, _ body: JSONValue? = nil, token: String? = nil, key: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> TestAnswer {
        var headers = headers
        if let token { headers.append((name: "Authorization", value: "Bearer \(token)")) }
        if let key { headers.append((name: "Idempotency-Key", value: key)) }
        if body != nil { headers.append((name: "Content-Type", value: "application/json")) }
        let response = try await client.send(
            ClientRequest(
                method, url + path, headers: headers, body: body.map { JSONWriter.bytes($0) } ?? [], isIdempotent: false
            ))
        return TestAnswer(response)
    }

    package func get(_ path: String, token: String? = nil) async throws -> TestAnswer {
        try await send("GET", path, token: token)
    }

    package func post(
        _ path: String, _ body: JSONValue? = nil, token: String? = nil, key: String? = nil
    ) async throws -> TestAnswer {
        try await send("POST", path, body, token: token, key: key)
    }
}

/// What a service answered.
package struct TestAnswer: Sendable {
    package let status: Int
    package let bytes: [UInt8]
    private let response: ClientResponse

    init(_ response: ClientResponse) {
        self.response = response
        status = response.status
        bytes = response.body
    }

    package func header(_ name: String) -> String? { response.header(name) }

    /// The body as JSON; null when it is none.
    package var json: JSONValue { (try? JSONParser.parse(bytes)) ?? .null }

    /// The `code` of a problem.
    package var code: String? { json["code"]?.string }
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}
