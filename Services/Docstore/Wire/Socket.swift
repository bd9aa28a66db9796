import CLinux
import Glibc

/// A stream socket, listening or connected, with blocking calls; closed when released.
final class Socket: @unchecked Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Listens.
    /// - Parameter port: 0 picks a free one.
    convenience init(listeningOn host: String, port: UInt16) throws(SystemError) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &address.sin_addr) == 1 else {
            throw SystemError(call: "address \(host)", code: EINVAL)
        }
        self.init(
            descriptor: try systemCall("socket") {
                socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            })
        set(SOL_SOCKET, SO_REUSEADDR)
        try systemCall("listen on \(host):\(port)") {
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                } == 0 ? listen(descriptor, 1024) : -1
            }
        }
    }

    /// Waits for the next connection.
    func accept() throws(SystemError) -> Socket {
        let connection = Socket(descriptor: try systemCall("accept") { Glibc.accept(descriptor, nil, nil) })
        _ = fcntl(connection.descriptor, F_SETFD, FD_CLOEXEC)
        connection.set(Int32(IPPROTO_TCP), TCP_NODELAY)
        return connection
    }

    private func set(_ level: Int32, _ option: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// - Returns: 0 when the peer has closed.
    func read(into bytes: inout [UInt8], from offset: Int) throws(SystemError) -> Int {
        try systemCall("recv") {
            bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + offset, $0.count - offset, 0) }
        }
    }

    /// Sends a message of two parts, which are not put together first: the second may be large.
    func write(_ head: [UInt8], _ body: [UInt8]) throws(SystemError) {
        var sent = 0
        while sent < head.count + body.count {
            sent += try systemCall("sendmsg") {
                head.withUnsafeBytes { head in
                    body.withUnsafeBytes { body in
                        let parts = [head.dropFirst(sent), body.dropFirst(max(0, sent - head.count))]
                        return send(parts.map { UnsafeRawBufferPointer(rebasing: $0) })
                    }
                }
            }
        }
    }

    private func send(_ parts: [UnsafeRawBufferPointer]) -> Int {
        var vectors = parts.map {
            iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
        }
        return vectors.withUnsafeMutableBufferPointer {
            var message = msghdr()
            message.msg_iov = $0.baseAddress
            message.msg_iovlen = $0.count
            return sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
        }
    }

    /// Ends a call that another thread is blocked in.
    func interrupt() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// The address the peer reached us at: what `hello` names as `me`, so that it is reachable for that client.
    var localAddress: String { Self.text(address(getsockname)) }
    var remoteAddress: String { Self.text(address(getpeername)) }
    var port: UInt16 { UInt16(bigEndian: address(getsockname).sin_port) }

    private func address(
        _ ask: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> sockaddr_in {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(descriptor, $0, &length) }
        }
        return address
    }

    private static func text(_ address: sockaddr_in) -> String {
        let host = UInt32(bigEndian: address.sin_addr.s_addr)
        let parts = [24, 16, 8, 0].map { String(host >> UInt32($0) & 0xFF) }.joined(separator: ".")
        return "\(parts):\(UInt16(bigEndian: address.sin_port))"
    }
}
