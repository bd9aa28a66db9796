import Domain
import HTTPServer
import JSON
import Records
import ServiceKit

/// `GET /v1/leaderboards/{period}`: who received most counting votes on this UTC day, in this ISO week, ever.
struct LeaderboardRoutes: RouteGroup {
    let read: ReadLeaderboard
    private let recent = RecentPages()

    init(read: ReadLeaderboard) { self.read = read }

    private static let schema = Schema.named(
        "Leaderboard",
        .object(
            .required(
                "items",
                .array(
                    of: .object(
                        .required("rank", .integer), .required("user", PublicUser.schema),
                        .required("score", .integer)))),
            .required("nextCursor", .nullable(.string)),
            .optional("me", .object(.required("rank", .integer), .required("score", .integer)))))

    var routes: [Route] {
        [
            Route(
                .get, "/v1/leaderboards/{period}", operation: "getLeaderboard",
                summary: "People by counting votes received: daily, weekly or alltime.", access: .optionalCaller,
                query: QueryParameter.page + [
                    QueryParameter(
                        "category", .enumeration(Category.allCases.map(\.rawValue)), "Votes for posts of this category."
                    ),
                    QueryParameter("around", .enumeration(["me"]), "The page that the caller is on."),
                ], answers: [Answer(.ok, Self.schema)], errors: [.notFound, .invalidCursor],
                ready: { request in recent.answer(to: request) }, handler: get)
        ]
    }

    @Sendable private func get(_ request: Request) async throws -> Response {
        let answer = try await compose(request)
        recent.keep(answer, for: request)
        return answer
    }

    private func compose(_ request: Request) async throws -> Response {
        guard let period = LeaderboardPeriod(rawValue: request.parameters["period"]) else { throw Problem(.notFound) }
        let board = Board(period, at: .now(), category: request.query("category").flatMap(Category.init))
        let wanted = try request.page()
        var me: RedisBoards.Standing?
        if let caller = request.caller { me = try await read.standing(of: caller.userID, on: board) }
        var offset = 0
        if let cursor = wanted.cursor {
            guard let after = cursor["after"]?.int, (0...10_000_000).contains(after) else {
                throw Problem(.invalidCursor)
            }
            offset = after
        } else if request.query("around") == "me" {
            _ = try request.requireCaller()
            offset = max(0, (me?.rank ?? 1) - 1 - wanted.limit / 2)
        }
        let start = offset
        let page = try await recent.page("\(board.name)/\(start)/\(wanted.limit)") {
            try await read(board, offset: start, limit: wanted.limit)
        }
        let next = page.next.map { Cursor.encode(JSONValue.object(["after": .int(Int64($0))])) }
        return .object { writer in
            writer.rawField("items", page.items)
            writer.field("nextCursor", next)
            if let me {
                writer.object("me") {
                    $0.field("rank", me.rank)
                    $0.field("score", me.score)
                }
            }
        }
    }
}
