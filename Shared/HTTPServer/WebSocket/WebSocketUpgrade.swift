/// Limits of one WebSocket.
package struct WebSocketLimits: Sendable {
    /// A longer message is answered with 1009.
    package var messageBytes = 64 * 1024
    /// More than this left unread is answered with 4408.
    package var backlogBytes = 256 * 1024
    /// A ping goes out this often; without a sign of life for two of them the connection is lost.
    package var pingInterval = Duration.seconds(30)

    package init() {}
}

/// A handshake that was accepted.
package struct WebSocketUpgrade: Sendable {
    let limits: WebSocketLimits
    let onOpen: @Sendable (WebSocketConnection) -> Void
}

extension Response {
    /// Accepts a WebSocket handshake.
    ///
    /// - Parameters:
    ///   - subprotocol: one of those that the client offered (`request.webSocketProtocols`), or nil.
    ///   - onOpen: sets the callbacks; called on the loop once the connection is a WebSocket.
    /// - Throws: `upgrade-required` when the request is no such handshake.
    package static func webSocket(
        for request: Request, subprotocol: String? = nil, limits: WebSocketLimits = WebSocketLimits(),
        onOpen: @escaping @Sendable (WebSocketConnection) -> Void
    ) throws(Problem) -> Response {
        guard let key = request.webSocketKey else {
            throw Problem(.upgradeRequired, headers: ["Upgrade": "websocket", "Sec-WebSocket-Version": "13"])
        }
        var headers: Headers = ["Upgrade": "websocket", "Sec-WebSocket-Accept": WebSocketHandshake.accept(key)]
        if let subprotocol { headers.add("Sec-WebSocket-Protocol", subprotocol) }
        return Response(
            .switchingProtocols, headers: headers, body: .webSocket(WebSocketUpgrade(limits: limits, onOpen: onOpen)))
    }
}

extension Request {
    /// The subprotocols that the client offers, in its order.
    package var webSocketProtocols: [String] {
        headers("Sec-WebSocket-Protocol").flatMap { $0.split(separator: ",") }.map { $0.trimmingSpaces() }
    }

    /// The key of a valid version 13 handshake.
    fileprivate var webSocketKey: String? {
        guard method == .get, header("Upgrade")?.lowercased() == "websocket",
            header("Connection")?.lowercased().split(separator: ",").contains(where: {
                $0.trimmingSpaces() == "upgrade"
            })
                == true,
            header("Sec-WebSocket-Version") == "13", let key = header("Sec-WebSocket-Key"), key.utf8.count == 24
        else { return nil }
        return key
    }
}

extension StringProtocol {
    fileprivate func trimmingSpaces() -> String {
        var rest = self[...]
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return String(rest)
    }
}
