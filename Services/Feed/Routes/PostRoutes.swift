import Domain
import HTTPServer
import JSON
import Records

/// `/v1/posts`, and the posts of one person.
struct PostRoutes: RouteGroup {
    let create: CreatePost
    let change: ChangePost
    let remove: RemovePost
    let show: ShowPosts

    var routes: [Route] {
        [
            Route(
                .post, "/v1/posts", operation: "createPost", summary: "Posts a finished picture.", access: .caller,
                idempotency: .required, body: CreatePostBody.self, answers: [Answer(.created, PostJSON.schema)],
                errors: [.notFound, .generationNotReady, .alreadyPosted, .contentRejected], handler: createPost),
            Route(
                .get, "/v1/posts/{id}", operation: "getPost", summary: "One post.", access: .optionalCaller,
                answers: [Answer(.ok, PostJSON.schema)], errors: [.notFound], handler: getPost),
            Route(
                .patch, "/v1/posts/{id}", operation: "changePost", summary: "Changes what its author says of a post.",
                access: .caller, body: ChangePostBody.self, answers: [Answer(.ok, PostJSON.schema)],
                errors: [.notFound, .forbidden, .contentRejected], handler: changePost),
            Route(
                .delete, "/v1/posts/{id}", operation: "deletePost", summary: "Takes a post away, for ever.",
                access: .caller, answers: [Answer(.noContent)], errors: [.notFound, .forbidden], handler: deletePost),
            Route(
                .get, "/v1/users/{username}/posts", operation: "listUserPosts",
                summary: "What somebody posted, the newest first.",
                access: .optionalCaller, query: QueryParameter.page, answers: [Answer(.ok, .page(of: PostJSON.schema))],
                errors: [.notFound, .invalidCursor], handler: listUserPosts),
        ]
    }

    private func createPost(_ request: Request, _ body: CreatePostBody) async throws -> Response {
        let caller = try request.requireCaller()
        let post = try await create(body, by: caller.userID, requestKey: try request.requestKey().digest)
        return .json(.created, bytes: show.json(of: post).bytes(voted: false))
    }

    private func getPost(_ request: Request) async throws -> Response {
        let (post, voted) = try await show.one(try request.postID(), for: request.caller)
        return .json(bytes: show.json(of: post).bytes(voted: voted)).conditional(for: request)
    }

    private func changePost(_ request: Request, _ body: ChangePostBody) async throws -> Response {
        let caller = try request.requireCaller()
        let post = try await change(try request.postID(), body, by: caller.userID)
        return .json(bytes: show.json(of: post).bytes(voted: false))
    }

    private func deletePost(_ request: Request) async throws -> Response {
        try await remove(try request.postID(), by: try request.requireCaller())
        return .noContent
    }

    private func listUserPosts(_ request: Request) async throws -> Response {
        let page = try request.page()
        let cursor = try page.cursor.map(FeedCursor.init)
        return try await show.posts(
            of: request.parameters["username"], for: request.caller, limit: page.limit, cursor: cursor
        ).conditional(for: request)
    }
}

extension Request {
    /// - Throws: `not-found` for what can't be an id.
    func postID() throws(Problem) -> PostID {
        guard let id = PostID(hex: parameters["id"]) else { throw Problem(.notFound) }
        return id
    }
}
