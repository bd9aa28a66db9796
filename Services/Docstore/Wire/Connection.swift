/// One client's connection, on a thread of its own: read a message, answer it, again.
final class Connection {
    private let socket: Socket
    private let info: ConnectionInfo
    private let dispatcher: Dispatcher
    private var buffer = MessageBuffer()
    private var nextReplyID: Int32 = 1

    init(socket: Socket, id: Int32, server: Server) {
        self.socket = socket
        info = ConnectionInfo(id: id, localAddress: socket.localAddress, remoteAddress: socket.remoteAddress)
        dispatcher = Dispatcher(server: server)
    }

    /// Until the client leaves or says something that is no message.
    func run() {
        while true {
            let request: WireRequest
            do {
                guard let next = try buffer.nextRequest(from: socket) else { return }
                request = next
            } catch {
                return
            }
            switch dispatcher.answer(request, info) {
            case .close: return
            case .reply(let document):
                if request.wantsNoReply { continue }
                let message = request.reply(document, id: nextReplyID)
                nextReplyID &+= 1
                do { try socket.write(message) } catch { return }
            }
        }
    }
}

/// Gathers whole messages from a socket. Small ones share a buffer; one that is larger gets its own for as long as it
/// lasts.
struct MessageBuffer {
    private static let usualSize = 16 * 1024

    private var bytes = [UInt8](repeating: 0, count: usualSize)
    private var start = 0
    private var end = 0

    /// - Returns: nil when the peer has closed between messages.
    mutating func nextRequest(from socket: Socket) throws -> WireRequest? {
        while end - start < MessageHeader.length {
            if try fill(from: socket) == 0 { return nil }
        }
        let header = try bytes.withUnsafeBytes { buffer throws(WireError) in
            try MessageHeader(UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
        }
        if header.messageLength > bytes.count { grow(to: header.messageLength) }
        while end - start < header.messageLength {
            if try fill(from: socket) == 0 { return nil }
        }
        defer { consume(header.messageLength) }
        return try bytes.withUnsafeBytes { buffer throws(WireError) in
            try WireRequest(UnsafeRawBufferPointer(rebasing: buffer[start..<start + header.messageLength]))
        }
    }

    private mutating func fill(from socket: Socket) throws(SystemError) -> Int {
        if end == bytes.count || (start > 0 && bytes.count - start < MessageHeader.length) { compact() }
        let count = try socket.read(into: &bytes, from: end)
        end += count
        return count
    }

    private mutating func compact() {
        bytes.withUnsafeMutableBytes { buffer in
            let kept = UnsafeRawBufferPointer(rebasing: buffer[start..<end])
            UnsafeMutableRawBufferPointer(rebasing: buffer[0..<(end - start)]).copyMemory(from: kept)
        }
        end -= start
        start = 0
    }

    private mutating func grow(to size: Int) {
        var larger = [UInt8](repeating: 0, count: size)
        larger.replaceSubrange(0..<(end - start), with: bytes[start..<end])
        bytes = larger
        end -= start
        start = 0
    }

    private mutating func consume(_ count: Int) {
        start += count
        guard start == end else { return }
        start = 0
        end = 0
        if bytes.count > Self.usualSize { bytes = [UInt8](repeating: 0, count: Self.usualSize) }
    }
}
