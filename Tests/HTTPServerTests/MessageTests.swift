import HTTPServer
import JSON
import Testing

@Suite struct MessageTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::1", "2001:db8::"),
        ("[2001:db8:1:2:3:4:5:6]", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:10.0.0.1", "10.0.0.1", "10.0.0.1"),
    ])
    func `addresses are read, written and grouped by household`(text: String, written: String, household: String) throws
    {
        let address = try #require(IPAddress(text))
        #expect(address.description == written)
        #expect(address.household.description == household)
    }

    @Test(arguments: ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "host", "1.2.3.4:80", "::g"])
    func `what is no address is none`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.200.3.4", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "8.8.8.8", true),
        ("0.0.0.0/0", "2001:db8::1", false), ("127.0.0.1", "127.0.0.1", true), ("127.0.0.1", "127.0.0.2", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false), ("::1", "::1", true),
        ("192.0.2.128/25", "192.0.2.129", true), ("192.0.2.128/25", "192.0.2.1", false),
    ])
    func `a network contains what it should`(network: String, address: String, contained: Bool) throws {
        #expect(try #require(IPNetwork(network)).contains(try #require(IPAddress(address))) == contained)
    }

    @Test(arguments: ["10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "x/8", "::/129"])
    func `what is no network is none`(text: String) {
        #expect(IPNetwork(text) == nil)
    }

    @Test func `a cursor that was touched anywhere is refused`() throws {
        let text = Cursor.encode(["at": 123, "id": "abc"] as JSONValue)
        #expect(try Cursor.decode(text) == ["at": 123, "id": "abc"])
        for index in text.indices {
            let other: Character = text[index] == "A" ? "B" : "A"
            let changed = text.replacingCharacter(at: index, with: other)
            #expect(throws: Problem.self) { try Cursor.decode(changed) }
        }
        for wrong in ["", "A", "AAAA", "####", text + "A", String(text.dropLast())] {
            #expect(throws: Problem.self) { try Cursor.decode(wrong) }
        }
    }

    @Test func `headers compare without case, and setting replaces`() {
        var headers: Headers = ["A": "1", "b": "2"]
        headers.add("a", "3")
        #expect(headers["a"] == "1")
        headers["A"] = "4"
        #expect(headers.fields.map(\.value) == ["2", "4"])
        headers["B"] = nil
        #expect(headers["b"] == nil)
    }

    @Test func `a problem says everything that clients need`() throws {
        let problem = Problem(
            .voteCapReached, "come back tomorrow", errors: [FieldError(pointer: "/x", detail: "y")],
            retryAfter: .milliseconds(1500))
        let response = problem.response(requestID: "r1")
        let body = try JSONParser.parse(response.bytes)
        #expect(response.status == .tooManyRequests)
        #expect(response.headers["Retry-After"] == "2")
        #expect(response.contentType == "application/problem+json")
        #expect(
            body == [
                "type": "urn:circle:problem:vote-cap-reached", "title": "Vote cap reached", "status": 429,
                "code": "vote-cap-reached", "detail": "come back tomorrow", "requestId": "r1",
                "errors": [["pointer": "/x", "detail": "y"]],
            ])
        #expect(Problem(.unauthenticated).response(requestID: "r").headers["WWW-Authenticate"] == "Bearer")
        #expect(Problem.schema.validate(body) == [])
    }
}

extension String {
    fileprivate func replacingCharacter(at index: Index, with character: Character) -> String {
        self[..<index] + String(character) + self[self.index(after: index)...]
    }
}
