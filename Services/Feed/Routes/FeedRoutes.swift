import Domain
import HTTPServer
import JSON

/// `/v1/feed/{kind}`
struct FeedRoutes: RouteGroup {
    let read: ReadFeed

    var routes: [Route] {
        [
            Route(
                .get, "/v1/feed/{kind}", operation: "readFeed",
                summary: "trending, new, hot, top; with a token also following and for-you.", access: .optionalCaller,
                query: QueryParameter.page + [
                    QueryParameter("category", PostFields.category, "Only this category."),
                    QueryParameter("tag", .string(min: 1, max: 30), "Only posts with this tag."),
                    QueryParameter(
                        "window", .enumeration(TopWindow.allCases.map(\.rawValue)),
                        "How far back `top` looks; a week unless told."),
                ],
                answers: [Answer(.ok, .page(of: PostJSON.schema))],
                errors: [.notFound, .unauthenticated, .invalidCursor, .cursorExpired], handler: feed)
        ]
    }

    private func feed(_ request: Request) async throws -> Response {
        guard let kind = FeedKind(rawValue: request.parameters["kind"]) else { throw Problem(.notFound) }
        let caller = kind.needsCaller ? try request.requireCaller() : request.caller
        var query = FeedQuery(kind: kind)
        query.category = request.query("category").flatMap(Category.init)
        query.tag = request.query("tag")?.lowercased()
        query.window = request.query("window").flatMap(TopWindow.init) ?? .week
        query.viewer = kind.needsCaller ? caller?.userID : nil
        let page = try request.page()
        let cursor = try page.cursor.map(FeedCursor.init)
        return try await read(query, for: caller, limit: page.limit, cursor: cursor).conditional(for: request)
    }
}
