import CLinux
import Glibc

/// A connected stream socket with blocking reads and writes, closed when released.
final class Socket: @unchecked Sendable {
    let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// - Returns: 0 when the peer has closed.
    func read(into bytes: inout [UInt8], from offset: Int) throws(SystemError) -> Int {
        try systemCall("recv") {
            bytes.withUnsafeMutableBytes { buffer in
                recv(descriptor, buffer.baseAddress! + offset, buffer.count - offset, 0)
            }
        }
    }

    func write(_ bytes: [UInt8]) throws(SystemError) {
        var sent = 0
        while sent < bytes.count {
            sent += try systemCall("send") {
                bytes.withUnsafeBytes { buffer in
                    send(descriptor, buffer.baseAddress! + sent, buffer.count - sent, Int32(MSG_NOSIGNAL))
                }
            }
        }
    }

    /// Ends a read that another thread is blocked in.
    func interrupt() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// The address the peer reached us at: what `hello` names as `me`, so that it is reachable for that client.
    var localAddress: String { Self.format { getsockname(descriptor, $0, $1) } }
    var remoteAddress: String { Self.format { getpeername(descriptor, $0, $1) } }

    private static func format(
        _ ask: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> String {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        let failed = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                ask(address, &length) != 0
                    || getnameinfo(
                        address, length, &host, socklen_t(host.count), &port, socklen_t(port.count),
                        NI_NUMERICHOST | NI_NUMERICSERV) != 0
            }
        }
        if failed { return "unknown:0" }
        let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let service = String(decoding: port.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return name.contains(":") ? "[\(name)]:\(service)" : "\(name):\(service)"
    }
}
