import Domain
import HTTPServer
import JSON
import Records
import ServiceKit

/// The moderators' queue: what the rules would not decide.
struct ModerationRoutes: RouteGroup {
    let posts: PostLookup
    let decisions: Decisions

    private static let item = Schema.named(
        "QueuedPost",
        .object(
            .required("postId", .objectID), .required("authorId", .objectID), .required("username", .string),
            .required("prompt", .string), .required("caption", .nullable(.string)), .required("imageUrl", .string),
            .required("createdAt", .dateTime)))

    var routes: [Route] {
        [
            Route(
                .get, "/v1/moderation/queue", operation: "listModerationQueue",
                summary: "Posts that wait for a decision, the oldest first.", access: .role(.moderator),
                query: QueryParameter.page, answers: [Answer(.ok, .page(of: Self.item))],
                errors: [.forbidden, .invalidCursor], handler: queue),
            Route(
                .post, "/v1/moderation/posts/{id}/decision", operation: "decidePost",
                summary: "Approves or rejects a post.", access: .role(.moderator), idempotency: .required,
                body: DecisionBody.self, answers: [Answer(.noContent)], errors: [.forbidden, .notFound], handler: decide
            ),
        ]
    }

    private func queue(_ request: Request) async throws -> Response {
        let page = try request.page()
        let place = try page.cursor.map(TimePlace<Tags.Post>.init)
        let found = try await posts.flagged(after: place, limit: page.limit + 1)
        let shown = found.prefix(page.limit)
        let next = found.count > page.limit ? shown.last.map { TimePlace(time: $0.createdAt, id: $0.id) } : nil
        return .page(shown.map(QueuedPost.init), nextCursor: next.map { Cursor.encode($0) })
    }

    private func decide(_ request: Request, _ body: DecisionBody) async throws -> Response {
        let moderator = try request.requireCaller()
        guard let id = PostID(hex: request.parameters["id"]), let post = try await posts.byID(id), !post.isDeleted
        else {
            throw Problem(.notFound)
        }
        let decision = Decision(
            outcome: body.isApproval ? .approve(isNSFW: body.isNSFW) : .reject, reason: body.reason,
            decidedBy: moderator.userID.hex)
        let once = ["decision", id.hex, try request.requestKey().digest]
        try await decisions.record(decision, on: id, of: post.userID, once: once)
        return .noContent
    }
}

struct DecisionBody: RequestBody {
    static let schema = ObjectSchema([
        .required("decision", .enumeration(["approve", "reject"])), .required("reason", .string(min: 1, max: 500)),
        .optional("nsfw", .boolean),
    ])

    let isApproval: Bool
    let reason: String
    let isNSFW: Bool

    init(_ fields: ValidatedObject) throws {
        isApproval = try fields.string("decision") == "approve"
        reason = try fields.string("reason")
        isNSFW = fields.optionalBool("nsfw") ?? false
    }
}

private struct QueuedPost: JSONWritable {
    let post: PostRecord

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("postId", post.id.hex)
            $0.field("authorId", post.userID.hex)
            $0.field("username", post.author.username)
            $0.field("prompt", post.prompt)
            $0.field("caption", post.caption)
            $0.field("imageUrl", post.imageUrl)
            $0.field("createdAt", post.createdAt.iso8601)
        }
    }
}
