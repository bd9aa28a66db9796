import HTTPServer
import JSON
import Testing

@Suite struct RouterTests {
    private static func route(_ method: HTTPMethod, _ pattern: String, _ operation: String) -> Route {
        Route(method, pattern, operation: operation) { _ in .noContent }
    }

    private let router: Router

    init() throws {
        router = try Router([
            Self.route(.get, "/v1/posts/{id}", "getPost"), Self.route(.patch, "/v1/posts/{id}", "editPost"),
            Self.route(.put, "/v1/posts/{id}/vote", "castVote"), Self.route(.get, "/v1/users/me", "getMe"),
            Self.route(.get, "/v1/users/{name}", "getUser"),
            Self.route(.get, "/v1/users/{name}/followers", "followers"),
            Self.route(.get, "/.well-known/jwks.json", "jwks"),
        ])
    }

    @Test(
        arguments: [
            ("/v1/posts/7", "getPost"), ("/v1/users/me", "getMe"), ("/v1/users/mel", "getUser"),
            ("/v1/users/me/followers", "followers"), ("/.well-known/jwks.json", "jwks"), ("/v1/posts", nil),
            ("/v1/posts/", nil), ("/v1/posts/7/", nil), ("/v1/posts/7/vote", nil), ("/v1//7", nil), ("", nil),
            ("v1/posts/7", nil), ("/v1/posts/7/vote/x", nil),
        ] as [(String, String?)])
    func `a GET finds its route or none`(path: String, operation: String?) {
        #expect(router.match(.get, path).route?.operation == operation)
    }

    @Test func `parameters have the names of the route that matched`() {
        let match = router.match(.put, "/v1/posts/é b/vote")
        #expect(match.parameters["id"] == "é b")
        #expect(match.parameters["name"] == "")
        #expect(router.match(.head, "/v1/users/ann").parameters["name"] == "ann")
    }

    @Test func `a way that leads nowhere leaves no parameters behind`() throws {
        let router = try Router([
            Self.route(.get, "/a/b/{x}/c", "one"), Self.route(.get, "/a/{y}/d", "two"),
            Self.route(.get, "/{a}/{b}/{c}/{d}", "four"),
        ])
        let match = router.match(.get, "/a/b/d")
        #expect(match.route?.operation == "two" && match.parameters["y"] == "b")
        #expect(router.match(.get, "/1/2/3/4").parameters["d"] == "4")
    }

    @Test func `a path with other methods names them`() {
        #expect(router.match(.delete, "/v1/posts/7").allowed == [.get, .patch])
        #expect(router.match(.delete, "/v1/nothing").allowed == [])
    }

    @Test func `routes that cannot be told apart are refused`() {
        #expect(throws: Router.Conflict.self) {
            try Router([Self.route(.get, "/a/{x}", "one"), Self.route(.get, "/a/{y}", "two")])
        }
        #expect(throws: Router.Conflict.self) { try Router([Self.route(.get, "/{a}/{b}/{c}/{d}/{e}", "five")]) }
        #expect(throws: Router.Conflict.self) {
            try Router([Self.route(.get, "/a", "one"), Self.route(.get, "/b", "one")])
        }
    }
}
