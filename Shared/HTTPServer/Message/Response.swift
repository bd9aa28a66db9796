package import JSON

/// One answer: a status, headers, and bytes or something that goes on after the headers are out.
package struct Response: Sendable {
    /// The rare cases are indirect, so that passing an answer on copies one reference.
    package enum Body: Sendable {
        case empty
        case bytes([UInt8])
        /// Server-sent events; the closure runs until it returns or the client leaves.
        indirect case events(@Sendable (EventStream) async -> Void)
        /// The connection becomes a WebSocket; the closure sets its callbacks.
        indirect case webSocket(WebSocketUpgrade)
    }

    package var status: HTTPStatus
    package var headers: Headers
    package var body: Body
    /// `Content-Type`: beside the other headers, since most answers have no others.
    package var contentType: String?
    /// What is left of the client's budget, where the route draws on one.
    package var rateLimit: RateLimitStatus?
    /// The code of a problem, for logs and metrics.
    package var problemCode: ErrorCode?

    package init(_ status: HTTPStatus, headers: Headers = [:], body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package static let noContent = Response(.noContent)

    package static func json(
        _ status: HTTPStatus = .ok, _ value: some JSONWritable, headers: Headers = [:]
    ) -> Response {
        .json(status, bytes: JSONWriter.bytes(value), headers: headers)
    }

    /// An object written on the spot.
    package static func object(
        _ status: HTTPStatus = .ok, headers: Headers = [:], _ body: (inout JSONWriter) throws -> Void
    ) rethrows -> Response {
        var writer = JSONWriter()
        try writer.object(body)
        return .json(status, bytes: writer.bytes, headers: headers)
    }

    /// Bytes that are JSON already.
    package static func json(_ status: HTTPStatus = .ok, bytes: [UInt8], headers: Headers = [:]) -> Response {
        .bytes(status, bytes, contentType: "application/json", headers: headers)
    }

    package static func bytes(
        _ status: HTTPStatus = .ok, _ bytes: [UInt8], contentType: String, headers: Headers = [:]
    ) -> Response {
        var response = Response(status, headers: headers, body: .bytes(bytes))
        response.contentType = contentType
        return response
    }

    package static func text(_ status: HTTPStatus = .ok, _ text: String) -> Response {
        .bytes(status, Array(text.utf8), contentType: "text/plain; charset=utf-8")
    }

    /// A list as every list route answers it.
    package static func page(
        _ items: [some JSONWritable], nextCursor: String?, _ more: (inout JSONWriter) -> Void = { _ in }
    ) -> Response {
        .object {
            $0.field("items", items)
            $0.field("nextCursor", nextCursor)
            more(&$0)
        }
    }

    /// Server-sent events. `body` sends them and returns when there are no more; it is cancelled when the client leaves.
    package static func events(_ body: @escaping @Sendable (EventStream) async -> Void) -> Response {
        Response(
            .ok,
            headers: ["Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no"],
            body: .events(body))
    }

    /// The bytes of the body, where it has some already.
    package var bytes: [UInt8] { if case .bytes(let bytes) = body { bytes } else { [] } }
}
