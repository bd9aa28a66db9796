import Domain
import HTTPServer
import JSON
import ServiceKit

/// The sessions of the caller.
struct SessionRoutes: RouteGroup {
    let store: MongoSessions
    let revocation: SessionRevocation

    var routes: [Route] {
        [
            Route(
                .get, "/v1/auth/sessions", operation: "listSessions", summary: "The caller's sessions.",
                access: .caller, query: QueryParameter.page, answers: [Answer(.ok, .page(of: Self.schema))],
                handler: list),
            Route(
                .delete, "/v1/auth/sessions/{id}", operation: "endSession",
                summary: "Ends one of the caller's sessions.",
                access: .caller, answers: [Answer(.noContent)], errors: [.notFound], handler: end),
        ]
    }

    private static let schema = Schema.named(
        "Session",
        .object(
            .required("id", .objectID), .required("device", AuthSchema.device), .required("createdAt", .dateTime),
            .required("lastSeenAt", .dateTime), .required("current", .boolean)))

    @Sendable private func list(_ request: Request) async throws -> Response {
        let caller = try request.requireCaller()
        let page = try request.page()
        let skip = page.cursor?["skip"]?.int ?? 0
        guard (0...10_000).contains(skip) else { throw Problem(.invalidCursor) }
        let sessions = try await store.active(of: caller.userID, now: .now(), skip: skip, limit: page.limit + 1)
        let next =
            sessions.count > page.limit ? Cursor.encode(["skip": .int(Int64(skip + page.limit))] as JSONValue) : nil
        let items = sessions.prefix(page.limit).map { SessionView(session: $0, current: caller.sessionID) }
        return .page(items, nextCursor: next)
    }

    @Sendable private func end(_ request: Request) async throws -> Response {
        let caller = try request.requireCaller()
        guard let id = SessionID(hex: request.parameters["id"]), let session = try await store.byID(id),
            session.userID == caller.userID
        else { throw AuthError.notFound }
        try await revocation.end(id, of: caller.userID, because: .ended, now: .now())
        return .noContent
    }
}

private struct SessionView: JSONWritable {
    let session: SessionRecord
    let current: SessionID

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("id", session.id.hex)
            $0.object("device") {
                $0.field("id", session.device.id)
                $0.field("platform", session.device.platform.rawValue)
            }
            $0.field("createdAt", session.createdAt.iso8601)
            $0.field("lastSeenAt", session.lastSeenAt.iso8601)
            $0.field("current", session.id == current)
        }
    }
}
