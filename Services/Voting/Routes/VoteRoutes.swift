import Domain
import HTTPServer
import JSON
import ServiceKit

/// `PUT` and `DELETE /v1/posts/{id}/vote`.
struct VoteRoutes: RouteGroup {
    let cast: CastVote
    let withdraw: WithdrawVote

    private static let castSchema = Schema.named(
        "Vote",
        .object(
            .required("postId", .objectID), .required("voteCount", .integer), .required("voted", .boolean),
            .required("counted", .boolean), .required("votesLeftToday", .integer)))
    private static let withdrawnSchema = Schema.named(
        "VoteWithdrawn",
        .object(.required("postId", .objectID), .required("voteCount", .integer), .required("voted", .boolean)))

    var routes: [Route] {
        [
            Route(
                .put, "/v1/posts/{id}/vote", operation: "castVote", summary: "Votes for a post, once.", access: .caller,
                answers: [Answer(.ok, Self.castSchema, "`counted` is false on a repeat and after a withdrawal.")],
                errors: [.ownPost, .voteCapReached, .notFound, .rebuilding], begin: begin, handler: put),
            Route(
                .delete, "/v1/posts/{id}/vote", operation: "withdrawVote", summary: "Takes a vote back.",
                access: .caller, answers: [Answer(.ok, Self.withdrawnSchema)], errors: [.notFound, .rebuilding],
                handler: delete),
        ]
    }

    @Sendable private func put(_ request: Request) async throws -> Response {
        let caller = try request.requireCaller()
        let post = try request.postID()
        return Self.answer(post, try await cast(post, by: caller, from: request.evidentAddress, at: .now()))
    }

    /// The same without a task.
    @Sendable private func begin(
        _ request: Request, _ answer: @escaping (Result<Response, any Error>) -> Void
    ) -> Bool {
        guard let caller = request.caller, let post = request.parameterID("id").map(PostID.init) else { return false }
        let attempt = CastVote.Attempt(
            post: post, caller: caller, address: request.evidentAddress, now: .now(), trace: request.trace)
        return cast.begin(attempt) { result in answer(result.map { Self.answer(post, $0) }) }
    }

    private static func answer(_ post: PostID, _ result: CastVote.Result) -> Response {
        .object {
            $0.field("postId", words: post.hexWords)
            $0.field("voteCount", result.count)
            $0.field("voted", true)
            $0.field("counted", result.counted)
            $0.field("votesLeftToday", result.votesLeft)
        }
    }

    @Sendable private func delete(_ request: Request) async throws -> Response {
        let caller = try request.requireCaller()
        let post = try request.postID()
        let count = try await withdraw(post, by: caller.userID, at: .now())
        return .object {
            $0.field("postId", post.hex)
            $0.field("voteCount", count)
            $0.field("voted", false)
        }
    }
}

extension Request {
    fileprivate func postID() throws -> PostID {
        guard let id = PostID(hex: parameters["id"]) else { throw VotingError.noSuchPost }
        return id
    }

    /// The client's address, as far as it says anything: a bare loopback address is everybody's.
    fileprivate var evidentAddress: IPAddress? { remoteAddress.isLoopback ? nil : remoteAddress }
}
