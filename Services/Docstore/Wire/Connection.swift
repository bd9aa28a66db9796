/// One client's connection, on a thread of its own: read a message, answer it, again.
final class Connection {
    let id: Int32
    let socket: Socket
    /// Set by the handshake, which is the first message.
    var applicationName = ""
    /// A fail point struck it: its client is still there, and goes on with its transaction elsewhere.
    var isStruck = false

    private let server: Server
    private var nextReplyID: Int32 = 1
    /// What was read and not answered yet fills its beginning; it grows for a large message and shrinks again.
    private var buffer = [UInt8](repeating: 0, count: usualSize)
    private var filled = 0

    static let usualSize = 16 * 1024

    init(socket: Socket, id: Int32, server: Server) {
        self.socket = socket
        self.id = id
        self.server = server
    }

    /// Until the client leaves (which ends its reads and writes) or says something that is no message.
    func run() {
        do { while try answerNext() {} } catch { return }
    }

    /// Lets the client hear no more, neither the answer under way nor another: a fail point wants it so.
    func cutOff() { socket.interrupt() }

    private func answerNext() throws -> Bool {
        guard let request = try nextRequest(), let document = server.answer(request, self) else { return false }
        if request.wantsNoReply { return true }
        nextReplyID &+= 1
        var head = request.replyHead(document.count, id: nextReplyID)
        let isShort = document.count < Self.usualSize
        if isShort { head.append(contentsOf: document) }
        try socket.write(head, isContinued: !isShort)
        if !isShort { try socket.write(document) }
        return true
    }

    private func nextRequest() throws -> WireRequest? {
        guard try fill(MessageHeader.length) else { return nil }
        let length = try buffer.withUnsafeBytes { try MessageHeader($0) }.messageLength
        if length > buffer.count { buffer += [UInt8](repeating: 0, count: length - buffer.count) }
        guard try fill(length) else { return nil }
        let request = try buffer.withUnsafeBytes { try WireRequest(UnsafeRawBufferPointer(rebasing: $0[..<length])) }
        if filled > length { buffer.replaceSubrange(0..<(filled - length), with: buffer[length..<filled]) }
        filled -= length
        if filled < Self.usualSize, buffer.count > Self.usualSize { buffer = Array(buffer[..<Self.usualSize]) }
        return request
    }

    private func fill(_ wanted: Int) throws(SystemError) -> Bool {
        while filled < wanted {
            let count = try socket.read(into: &buffer, from: filled)
            if count == 0 { return false }
            filled += count
        }
        return true
    }
}
