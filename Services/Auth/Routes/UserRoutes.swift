import Domain
import HTTPServer
import JSON
import Records
import ServiceKit

/// People: oneself and others.
struct UserRoutes: RouteGroup {
    let people: MongoPeople
    let update: UpdateProfile
    let usage: DailyUsage

    private static let mostIDs = 100

    var routes: [Route] {
        [
            Route(
                .get, "/v1/users/me", operation: "getMe", summary: "The caller.", access: .caller,
                answers: [Answer(.ok, UserView.ownSchema)], handler: me),
            Route(
                .patch, "/v1/users/me", operation: "updateMe", summary: "Changes the caller's profile and settings.",
                access: .caller, body: ProfileBody.self, answers: [Answer(.ok, UserView.ownSchema)],
                errors: [.timeZoneChangeTooSoon], handler: updateMe),
            Route(
                .get, "/v1/users/me/limits", operation: "getMyLimits", summary: "What is left of the day's quotas.",
                access: .caller, answers: [Answer(.ok, Self.limitsSchema)], handler: limits),
            Route(
                .get, "/v1/users/by-id/{id}", operation: "getUserByID", access: .optionalCaller,
                answers: [Answer(.ok, UserView.publicSchema)], errors: [.notFound], handler: byID),
            Route(
                .get, "/v1/users/{username}", operation: "getUser", access: .optionalCaller,
                answers: [Answer(.ok, UserView.publicSchema)], errors: [.notFound], handler: byName),
            Route(
                .get, "/v1/users", operation: "getUsers", summary: "Several people at once.", access: .optionalCaller,
                query: [QueryParameter("ids", .string(min: 1, max: 2600), required: true, "Up to 100 ids, by commas.")],
                answers: [Answer(.ok, .page(of: UserView.publicSchema))], handler: byIDs),
        ]
    }

    private static let limitSchema = Schema.object(
        .required("limit", .integer), .required("used", .integer), .required("resetsAt", .dateTime))
    private static let limitsSchema = Schema.object(
        .required("votes", limitSchema), .required("generations", limitSchema))

    @Sendable private func me(_ request: Request) async throws -> Response {
        let caller = try request.requireCaller()
        guard let person = try await people.byID(caller.userID) else { throw AuthError.notFound }
        return answer(person, to: request, isOwn: true)
    }

    @Sendable private func updateMe(_ request: Request, _ body: ProfileBody) async throws -> Response {
        let person = try await update(body.changes, of: try request.requireCaller().userID, now: .now())
        return .json(.ok, UserView(person: person, isOwn: true, now: .now()))
    }

    @Sendable private func limits(_ request: Request) async throws -> Response {
        let caller = try request.requireCaller()
        let usage = try await usage.today(of: caller.userID, tier: caller.tier, now: .now())
        return .object {
            $0.field("votes", usage.votes)
            $0.field("generations", usage.generations)
        }
    }

    @Sendable private func byName(_ request: Request) async throws -> Response {
        let name = request.parameters["username"]
        guard NameRules.isUsername(name) else { throw AuthError.notFound }
        return try await answer(visible: people.byClaim(.username(name)), to: request)
    }

    @Sendable private func byID(_ request: Request) async throws -> Response {
        guard let id = UserID(hex: request.parameters["id"]) else { throw AuthError.notFound }
        return try await answer(visible: people.byID(id), to: request)
    }

    /// In the order asked for; people whom nobody sees are left out.
    @Sendable private func byIDs(_ request: Request) async throws -> Response {
        let texts = (request.query("ids") ?? "").split(separator: ",")
        guard texts.count <= Self.mostIDs else { throw Problem.validation("/ids", "100 at most") }
        var ids: [UserID] = []
        for text in texts {
            guard let id = UserID(hex: String(text)) else { throw Problem.validation("/ids", "\(text) is no id") }
            if !ids.contains(id) { ids.append(id) }
        }
        let now = Instant.now()
        let found = ids.isEmpty ? [] : try await people.byIDs(ids)
        let items = ids.compactMap { id in found.first { $0.id == id && $0.isVisible } }
            .map { UserView(person: $0, isOwn: false, now: now) }
        return .page(items, nextCursor: nil).conditional(for: request)
    }

    private func answer(visible person: UserRecord?, to request: Request) throws -> Response {
        guard let person, person.isVisible || person.id == request.caller?.userID else { throw AuthError.notFound }
        return answer(person, to: request, isOwn: person.id == request.caller?.userID)
    }

    private func answer(_ person: UserRecord, to request: Request, isOwn: Bool) -> Response {
        .json(
            .ok, UserView(person: person, isOwn: isOwn, now: .now()),
            headers: isOwn ? ["Cache-Control": "private"] : [:]
        )
        .conditional(for: request)
    }
}

extension UserRecord {
    /// Whether others see the profile. Who is shadow-banned must not notice it, so they stay.
    fileprivate var isVisible: Bool { !isDeleted && !isBanned }
}
