import BSON
import Domain
import HTTPServer
import JSON
import Records
import ServiceKit

/// Flagged votes before moderators: with the evidence, why, and what is decided. Never an address or a device, only
/// labels of their keyed hashes and how many accounts share them.
struct VoteReviewRoutes: RouteGroup {
    let review: ReviewVotes
    let rings: RingDecisions

    var routes: [Route] {
        [
            Route(
                .get, "/v1/moderation/votes", operation: "listFlaggedVotes",
                summary: "Flagged votes that wait for a decision, the oldest first.", access: .role(.moderator),
                query: QueryParameter.page, answers: [Answer(.ok, .page(of: FlaggedVoteView.schema))],
                errors: [.forbidden, .invalidCursor], handler: list),
            Route(
                .get, "/v1/moderation/votes/{id}", operation: "getFlaggedVote",
                summary: "A flagged vote, with the accounts on the same address and device.",
                access: .role(.moderator), answers: [Answer(.ok, FlaggedVoteView.detailSchema)],
                errors: [.forbidden, .notFound], handler: one),
            Route(
                .post, "/v1/moderation/votes/{id}/decision", operation: "decideVote",
                summary: "Clears a flagged vote, so that it counts, or upholds it for good. Decided once.",
                access: .role(.moderator), idempotency: .required, body: VoteDecisionBody.self,
                answers: [Answer(.ok, VoteDecision.schema)], errors: [.forbidden, .notFound, .conflict],
                handler: decide),
            Route(
                .get, "/v1/moderation/vote-rings", operation: "listVoteRings",
                summary: "Groups that look like collusion: who, which edges, how many, why. The newest first.",
                access: .role(.moderator), query: QueryParameter.page,
                answers: [Answer(.ok, .page(of: VoteRingView.schema))], errors: [.forbidden, .invalidCursor],
                handler: listRings),
            Route(
                .post, "/v1/moderation/vote-rings/{id}/decision", operation: "decideVoteRing",
                summary: "Clears or upholds all votes of a group that wait for a decision.",
                access: .role(.moderator), idempotency: .required, body: VoteDecisionBody.self,
                answers: [Answer(.ok, RingDecision.schema)], errors: [.forbidden, .notFound, .conflict],
                handler: decideRing),
        ]
    }

    private func list(_ request: Request) async throws -> Response {
        let page = try request.page()
        let place = try page.cursor.map(TimePlace<Tags.Vote>.init)
        let found = try await review.waiting(after: place, limit: page.limit)
        return .page(
            found.items.map { FlaggedVoteView(item: $0, clusters: nil) },
            nextCursor: found.next.map { Cursor.encode($0) })
    }

    private func one(_ request: Request) async throws -> Response {
        guard let found = try await review.one(try request.targetID()) else { throw Problem(.notFound) }
        return .json(.ok, FlaggedVoteView(item: found.item, clusters: found.clusters))
    }

    private func decide(_ request: Request, _ body: VoteDecisionBody) async throws -> Response {
        let moderator = try request.requireCaller()
        return .json(
            .ok,
            try await review.decide(
                try request.targetID(), isCleared: body.isCleared, reason: body.reason, by: moderator.userID))
    }

    private func decideRing(_ request: Request, _ body: VoteDecisionBody) async throws -> Response {
        let moderator = try request.requireCaller()
        return .json(
            .ok,
            try await rings.decide(
                try request.targetID(), isCleared: body.isCleared, reason: body.reason, by: moderator.userID))
    }

    private func listRings(_ request: Request) async throws -> Response {
        let page = try request.page()
        let place = try page.cursor.map(TimePlace<Tags.VoteRing>.init)
        let found = try await review.rings(after: place, limit: page.limit + 1)
        let shown = found.prefix(page.limit)
        let next =
            found.count > page.limit
            ? shown.last.map { TimePlace<Tags.VoteRing>(time: $0.firstSeenAt, id: Tagged($0.id)) } : nil
        return .page(shown.map(VoteRingView.init), nextCursor: next.map { Cursor.encode($0) })
    }
}

struct VoteDecisionBody: RequestBody {
    static let schema = ObjectSchema([
        .required("decision", .enumeration(["clear", "uphold"])), .required("reason", .string(min: 1, max: 500)),
    ])

    let isCleared: Bool
    let reason: String

    init(_ fields: ValidatedObject) throws {
        isCleared = try fields.string("decision") == "clear"
        reason = try fields.string("reason")
    }
}

extension Request {
    fileprivate func targetID() throws -> ObjectID {
        guard let id = ObjectID(hex: parameters["id"]) else { throw Problem(.notFound) }
        return id
    }
}
