/// One client's connection, on a thread of its own: read a message, answer it, again.
final class Connection {
    let id: Int32
    let localAddress: String
    let remoteAddress: String
    /// Set by the handshake, which is the first message.
    var applicationName = ""

    private let socket: Socket
    private let dispatcher: Dispatcher
    private var buffer = MessageBuffer()
    private var nextReplyID: Int32 = 1

    init(socket: Socket, id: Int32, server: Server) {
        self.socket = socket
        self.id = id
        localAddress = socket.localAddress
        remoteAddress = socket.remoteAddress
        dispatcher = Dispatcher(server: server)
    }

    /// Until the client leaves (which ends its reads and writes) or says something that is no message.
    func run() {
        do { while try answerNext() {} } catch { return }
    }

    private func answerNext() throws -> Bool {
        guard let request = try buffer.nextRequest(from: socket),
            let document = dispatcher.answer(request, self)
        else { return false }
        if request.wantsNoReply { return true }
        nextReplyID &+= 1
        try socket.write(request.replyHead(document.count, id: nextReplyID), document)
        return true
    }
}

/// Gathers whole messages from a socket; it grows for a large one and shrinks again.
private struct MessageBuffer {
    private static let usualSize = 16 * 1024

    private var bytes = [UInt8](repeating: 0, count: usualSize)
    private var filled = 0

    /// - Returns: nil when the peer has closed.
    mutating func nextRequest(from socket: Socket) throws -> WireRequest? {
        guard try fill(MessageHeader.length, from: socket) else { return nil }
        let length = try bytes.withUnsafeBytes { try MessageHeader($0) }.messageLength
        if length > bytes.count { bytes += [UInt8](repeating: 0, count: length - bytes.count) }
        guard try fill(length, from: socket) else { return nil }
        defer { drop(length) }
        return try bytes.withUnsafeBytes { try WireRequest(UnsafeRawBufferPointer(rebasing: $0[..<length])) }
    }

    private mutating func fill(_ wanted: Int, from socket: Socket) throws(SystemError) -> Bool {
        while filled < wanted {
            let count = try socket.read(into: &bytes, from: filled)
            if count == 0 { return false }
            filled += count
        }
        return true
    }

    private mutating func drop(_ count: Int) {
        if filled > count { bytes.replaceSubrange(0..<(filled - count), with: bytes[count..<filled]) }
        filled -= count
        if filled < Self.usualSize, bytes.count > Self.usualSize { bytes = Array(bytes[..<Self.usualSize]) }
    }
}
