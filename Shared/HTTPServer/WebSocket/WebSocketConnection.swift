package import Runtime

/// One WebSocket, server side. Loop-confined; callbacks run on its loop.
package final class WebSocketConnection: @unchecked Sendable {  // loop: its request's
    /// Why a connection ends: RFC 6455 codes, and those of the API from 4000 on.
    package struct CloseCode: RawRepresentable, Hashable, Sendable {
        package let rawValue: UInt16

        package init(rawValue: UInt16) { self.rawValue = rawValue }

        package init(_ rawValue: UInt16) { self.rawValue = rawValue }

        package static let normal = CloseCode(1000)
        package static let goingAway = CloseCode(1001)
        package static let protocolError = CloseCode(1002)
        package static let unsupportedData = CloseCode(1003)
        package static let abnormal = CloseCode(1006)
        package static let policyViolation = CloseCode(1008)
        package static let messageTooBig = CloseCode(1009)
        package static let internalError = CloseCode(1011)
        package static let unauthenticated = CloseCode(4401)
        package static let tooSlow = CloseCode(4408)
        package static let tooMany = CloseCode(4429)
    }

    package let loop: EventLoop
    /// A whole text message of the client.
    package var onText: ((String) -> Void)?
    /// The end, once, however it came about: the code that was sent or received, 1006 for a lost connection.
    package var onClose: ((CloseCode) -> Void)?
    private var transport: (any WebSocketTransport)?

    init(loop: EventLoop, transport: any WebSocketTransport) {
        self.loop = loop
        self.transport = transport
    }

    package var isOpen: Bool { transport != nil }

    /// Sends a text message. A client that leaves more unread than the limit is closed with 4408.
    package func send(_ text: String) { send(utf8: Array(text.utf8)) }

    /// Sends a text message given as UTF-8.
    package func send(utf8 bytes: [UInt8]) {
        loop.assertInLoop()
        transport?.send(bytes)
    }

    /// Sends a close frame and ends the connection when the client has answered or has had its time.
    package func close(_ code: CloseCode, _ reason: String = "") {
        loop.assertInLoop()
        transport?.close(code, reason)
    }

    func received(_ text: String) { onText?(text) }

    func ended(_ code: CloseCode) {
        guard transport != nil else { return }
        transport = nil
        let callback = onClose
        onText = nil
        onClose = nil
        callback?(code)
    }
}

/// What frames messages and owns the socket.
protocol WebSocketTransport: AnyObject {
    func send(_ bytes: [UInt8])
    func close(_ code: WebSocketConnection.CloseCode, _ reason: String)
}
