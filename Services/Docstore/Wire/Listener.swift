import CLinux
import Glibc

/// The listening socket.
final class Listener: @unchecked Sendable {
    private let descriptor: Int32
    let port: UInt16

    /// - Parameter port: 0 picks a free one.
    init(host: String, port: UInt16) throws(SystemError) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &address.sin_addr) == 1 else {
            throw SystemError(call: "address \(host)", code: EINVAL)
        }
        let descriptor = try systemCall("socket") {
            socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        }
        self.descriptor = descriptor
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound: Int32 = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                if bind(descriptor, generic, length) != 0 { return -1 }
                if listen(descriptor, 1024) != 0 { return -1 }
                return getsockname(descriptor, generic, &length)
            }
        }
        self.port = UInt16(bigEndian: address.sin_port)
        if bound != 0 {
            let code = errno
            close(descriptor)
            throw SystemError(call: "listen on \(host):\(port)", code: code)
        }
    }

    /// Waits for the next connection.
    func accept() throws(SystemError) -> Socket {
        let connection = try systemCall("accept") { Glibc.accept(descriptor, nil, nil) }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        var on: Int32 = 1
        setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        return Socket(descriptor: connection)
    }

    func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
