import HTTPServer
import JSON
import Testing

@Suite struct OpenAPITests {
    private let document: JSONValue

    init() throws {
        let user = Schema.named("User", .object(.required("id", .objectID)))
        let routes = [
            Route(
                .get, "/v1/users/{username}", operation: "getUser", summary: "One person.", access: .optionalCaller,
                query: QueryParameter.page, answers: [Answer(.ok, .page(of: user))], errors: [.notFound]
            ) { _ in .noContent },
            Route(
                .post, "/v1/users/{username}", operation: "greetUser", access: .caller, idempotency: .required,
                body: Greeting.self, answers: [Answer(.created, user)]
            ) { _, _ in .noContent },
            Route(.get, "/.well-known/jwks.json", operation: "jwks", limit: RateLimitClass.none) { _ in .noContent },
        ]
        document = try JSONParser.parse(OpenAPI.document(title: "Test", routes: routes))
    }

    private func operation(_ method: String, _ path: String) -> JSONValue? { document["paths"]?[path]?[method] }

    @Test func `routes of one path stand together, with their names`() {
        #expect(document["openapi"] == "3.1.0")
        #expect(document["paths"]?.object?.members.map(\.key) == ["/v1/users/{username}", "/.well-known/jwks.json"])
        #expect(operation("get", "/v1/users/{username}")?["operationId"] == "getUser")
        #expect(operation("post", "/v1/users/{username}")?["tags"] == ["users"])
    }

    @Test func `parameters come from the pattern, the query and idempotency`() {
        let names = { (method: String) in
            operation(method, "/v1/users/{username}")?["parameters"]?.array?.compactMap { $0["name"]?.string }
        }
        #expect(names("get") == ["username", "limit", "cursor"])
        #expect(names("post") == ["username", "Idempotency-Key"])
    }

    @Test func `answers list problems that follow from what a route declares`() {
        let codes = { (method: String, path: String) in
            operation(method, path)?["responses"]?.object?.members.map(\.key)
        }
        #expect(codes("get", "/v1/users/{username}") == ["200", "400", "401", "404", "422", "429", "503"])
        #expect(codes("post", "/v1/users/{username}") == ["201", "400", "401", "409", "413", "422", "429", "503"])
        #expect(codes("get", "/.well-known/jwks.json") == ["503"])
    }

    @Test func `access becomes security, and schemas with names components`() {
        #expect(operation("get", "/v1/users/{username}")?["security"] == [["bearer": []], [:]])
        #expect(operation("post", "/v1/users/{username}")?["security"] == [["bearer": []]])
        #expect(operation("get", "/.well-known/jwks.json")?["security"] == nil)
        #expect(document["components"]?["schemas"]?["User"]?["type"] == "object")
        #expect(document["components"]?["schemas"]?["Problem"]?["type"] == "object")
    }
}
