import Domain
import HTTPServer
import JSON
import RedisClient
import Runtime
import ServiceKit

/// The WebSocket, and the tickets that open it.
struct RealtimeRoutes: RouteGroup {
    private static let tokenProtocol = "bearer."

    let hub: Hub
    let mailboxes: Mailboxes
    let tickets: Tickets
    let authentication: Authentication
    let now: @Sendable () -> Instant

    var routes: [Route] {
        [
            Route(
                .post, "/v1/realtime/tickets", operation: "createRealtimeTicket",
                summary: "A single-use ticket for clients that cannot send headers.", access: .caller,
                answers: [Answer(.created, .object(.required("ticket", .string), .required("expiresAt", .dateTime)))],
                handler: createTicket),
            Route(
                .get, "/v1/realtime", operation: "openRealtime", summary: "Realtime frames over a WebSocket.",
                access: .optionalCaller,
                query: [
                    QueryParameter("ticket", .string(min: 1, max: 128), "Instead of a token in the header."),
                    QueryParameter(
                        "after", .string(min: 3, max: 41), "The last frame seen: what came since is sent first."),
                ],
                answers: [Answer(.switchingProtocols)], errors: [.unauthenticated, .upgradeRequired], handler: open),
        ]
    }

    private func createTicket(_ request: Request) async throws -> Response {
        guard let token = request.header("Authorization")?.dropFirst("Bearer ".count) else {
            throw Problem(.unauthenticated)
        }
        let ticket = try await tickets.issue(for: String(token))
        let expires = now() + Tickets.lifetime
        return .object(.created) {
            $0.field("ticket", ticket)
            $0.field("expiresAt", expires.iso8601)
        }
    }

    private func open(_ request: Request) async throws -> Response {
        let (caller, subprotocol) = try await identify(request)
        let after = request.query("after")
        guard after == nil || after.flatMap(RedisStreamID.init) != nil else {
            throw Problem.validation("/after", "must be the id of a frame")
        }
        return try .webSocket(for: request, subprotocol: subprotocol) { socket in
            let connection = RealtimeConnection(number: hub.nextNumber(), socket: socket, caller: caller, after: after)
            begin(connection, caller: caller, after: after)
        }
    }

    /// By header, by ticket, or by a subprotocol that carries the token.
    private func identify(_ request: Request) async throws -> (caller: Caller, subprotocol: String?) {
        if let caller = request.caller { return (caller, nil) }
        if let ticket = request.query("ticket") {
            guard let token = try await tickets.redeem(ticket) else {
                throw Problem(.unauthenticated, "the ticket was used, has expired or never was")
            }
            return (try await authentication.caller(token: token, now: now()), nil)
        }
        if let offer = request.webSocketProtocols.first(where: { $0.hasPrefix(Self.tokenProtocol) }) {
            let token = String(offer.dropFirst(Self.tokenProtocol.count))
            return (try await authentication.caller(token: token, now: now()), offer)
        }
        throw Problem(.unauthenticated)
    }

    private func begin(_ connection: RealtimeConnection, caller: Caller, after: String?) {
        let user = caller.userID
        guard hub.add(connection, of: user) else { return connection.socket.close(.tooMany, "too many connections") }
        connection.socket.onClose = { [hub] _ in
            connection.ended()
            hub.remove(connection, of: user, watching: connection.posts)
        }
        connection.socket.onText = { text in receive(text, on: connection) }
        connection.watchExpiry(now: now())
        guard let after, let place = RedisStreamID(after) else { return connection.start([]) }
        connection.socket.loop.spawn {
            // Redis being away means that nobody knows what was missed: the client is told to look for itself.
            let missed = try? await mailboxes.frames(after: place, of: user)
            if missed ?? nil == nil { connection.resync(at: now().iso8601) }
            connection.start(missed.flatMap(\.self) ?? [])
        }
    }

    private func receive(_ text: String, on connection: RealtimeConnection) {
        switch ClientMessage(text) {
        case .subscribe(let posts):
            guard connection.subscribe(posts) else {
                return connection.socket.close(.tooMany, "too many posts")
            }
            hub.watch(posts, connection)
        case .unsubscribe(let posts):
            connection.unsubscribe(posts)
            hub.unwatch(posts, connection)
        case .authenticate(let token): connection.socket.loop.spawn { await renew(connection, with: token) }
        case .ping: connection.socket.send(utf8: Frame.pong)
        case nil: connection.socket.close(.policyViolation, "not a message of this API")
        }
    }

    private func renew(_ connection: RealtimeConnection, with token: String) async {
        do {
            let caller = try await authentication.caller(token: token, now: now())
            guard caller.userID == connection.caller.userID else {
                return connection.socket.close(.unauthenticated, "the token is somebody else's")
            }
            connection.renew(caller)
            connection.watchExpiry(now: now())
        } catch {
            connection.socket.close(.unauthenticated, "the token is not good")
        }
    }
}
