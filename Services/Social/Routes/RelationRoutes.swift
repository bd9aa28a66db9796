import Domain
import HTTPServer
import JSON
import Records

/// Follow, block and mute, and the lists of follows.
struct RelationRoutes: RouteGroup {
    let relations: MongoRelations
    let users: UserLookup
    let lookup: RelationLookup

    private static let following = Schema.object(
        .required("following", .boolean), .required("followersCount", .integer))
    private static let item = Schema.object(.required("user", PublicUser.schema), .required("since", .dateTime))

    var routes: [Route] {
        [
            Route(
                .put, "/v1/users/{username}/follow", operation: "followUser", summary: "Follows somebody.",
                access: .caller,
                answers: [Answer(.ok, Self.following)], errors: [.notFound, .forbidden], handler: follow),
            Route(
                .delete, "/v1/users/{username}/follow", operation: "unfollowUser",
                summary: "Follows somebody no longer.",
                access: .caller, answers: [Answer(.ok, Self.following)], errors: [.notFound], handler: unfollow),
            Route(
                .get, "/v1/users/{username}/followers", operation: "listFollowers",
                summary: "Who follows somebody, the newest first.",
                access: .optionalCaller, query: QueryParameter.page, answers: [Answer(.ok, .page(of: Self.item))],
                errors: [.notFound, .invalidCursor]
            ) { try await list(.followers, $0) },
            Route(
                .get, "/v1/users/{username}/following", operation: "listFollowing",
                summary: "Whom somebody follows, the newest first.",
                access: .optionalCaller, query: QueryParameter.page, answers: [Answer(.ok, .page(of: Self.item))],
                errors: [.notFound, .invalidCursor]
            ) { try await list(.following, $0) },
        ] + hiding(.block, "Neither sees or votes for the other.")
            + hiding(.mute, "Their posts are left out of one's feeds.")
    }

    private func hiding(_ kind: HideKind, _ summary: String) -> [Route] {
        let path = "/v1/users/{username}/\(kind.rawValue)"
        return [
            Route(
                .put, path, operation: "\(kind.rawValue)User", summary: summary, access: .caller,
                answers: [Answer(.noContent)], errors: [.notFound, .forbidden]
            ) { request in
                let (caller, other) = try await pair(request)
                try await relations.hide(caller.userID, other, kind: kind)
                return .noContent
            },
            Route(
                .delete, path, operation: "un\(kind.rawValue)User", summary: "Takes it back.", access: .caller,
                answers: [Answer(.noContent)], errors: [.notFound]
            ) { request in
                let (caller, other) = try await pair(request)
                try await relations.unhide(caller.userID, other, kind: kind)
                return .noContent
            },
        ]
    }

    private func follow(_ request: Request) async throws -> Response {
        let (caller, other) = try await pair(request)
        guard try await !lookup.isBlocked(caller.userID, other) else { throw Problem(.notFound) }
        guard let follower = try await users.byID(caller.userID) else { throw Problem(.unauthenticated) }
        let count = try await relations.follow(follower, other)
        return Self.answer(following: true, count)
    }

    private func unfollow(_ request: Request) async throws -> Response {
        let (caller, other) = try await pair(request)
        return Self.answer(following: false, try await relations.unfollow(caller.userID, other))
    }

    private static func answer(following: Bool, _ followers: Int64) -> Response {
        .object {
            $0.field("following", following)
            $0.field("followersCount", followers)
        }
    }

    private func list(_ side: FollowSide, _ request: Request) async throws -> Response {
        let page = try request.page()
        let place = try page.cursor.map(TimePlace<Tags.User>.init)
        let owner = try await person(request)
        if let caller = request.caller, try await lookup.isBlocked(caller.userID, owner) { throw Problem(.notFound) }
        let found = try await relations.list(side, of: owner, before: place, limit: page.limit + 1)
        let shown = found.prefix(page.limit)
        let people = Dictionary(
            try await users.byIDs(shown.map(\.user)).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let items = shown.compactMap { follow in people[follow.user].map { FollowItem(user: $0, since: follow.since) } }
        let next = found.count > page.limit ? shown.last.map { TimePlace(time: $0.since, id: $0.user) } : nil
        return .page(items, nextCursor: next.map { Cursor.encode($0) })
    }

    /// The caller and the other person of the path.
    private func pair(_ request: Request) async throws -> (caller: Caller, other: UserID) {
        let caller = try request.requireCaller()
        let other = try await person(request)
        guard other != caller.userID else { throw Problem(.forbidden, "that is yourself") }
        return (caller, other)
    }

    private func person(_ request: Request) async throws -> UserID {
        guard let user = try await users.byUsername(request.parameters["username"]) else { throw Problem(.notFound) }
        return user.id
    }
}

private struct FollowItem: JSONWritable {
    let user: UserRecord
    let since: Instant

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("user", PublicUser(user))
            $0.field("since", since.iso8601)
        }
    }
}
