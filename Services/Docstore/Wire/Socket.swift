import CLinux
import Glibc

struct SystemError: Error, CustomStringConvertible {
    let call: String
    let code: Int32

    var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// A stream socket, listening or connected, with blocking calls; closed when released.
final class Socket: @unchecked Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// - Parameter port: 0 picks a free one.
    init(listeningOn host: String, port: UInt16) throws(SystemError) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &address.sin_addr) == 1 else {
            throw SystemError(call: "address \(host)", code: EINVAL)
        }
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        set(SOL_SOCKET, SO_REUSEADDR)
        try check("listen on \(host):\(port)") {
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                } == 0 ? Int(listen(descriptor, 1024)) : -1
            }
        }
    }

    func accept() throws(SystemError) -> Socket {
        let connection = Socket(descriptor: Int32(try check("accept") { Int(Glibc.accept(descriptor, nil, nil)) }))
        _ = fcntl(connection.descriptor, F_SETFD, FD_CLOEXEC)
        connection.set(Int32(IPPROTO_TCP), TCP_NODELAY)
        return connection
    }

    private func set(_ level: Int32, _ option: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    @discardableResult
    private func check(_ call: String, _ body: () -> Int) throws(SystemError) -> Int {
        while true {
            let result = body()
            if result >= 0 { return result }
            let code = errno
            if code != EINTR { throw SystemError(call: call, code: code) }
        }
    }

    /// - Returns: 0 when the peer has closed.
    func read(into bytes: inout [UInt8], from offset: Int) throws(SystemError) -> Int {
        try check("recv") {
            bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + offset, $0.count - offset, 0) }
        }
    }

    /// - Parameter isContinued: more follows at once, which the kernel may wait for.
    func write(_ bytes: [UInt8], isContinued: Bool = false) throws(SystemError) {
        let flags = Int32(MSG_NOSIGNAL) | (isContinued ? Int32(MSG_MORE) : 0)
        var sent = 0
        while sent < bytes.count {
            sent += try check("send") {
                bytes.withUnsafeBytes { send(descriptor, $0.baseAddress! + sent, $0.count - sent, flags) }
            }
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
        "\(String(cString: inet_ntoa(address.sin_addr))):\(UInt16(bigEndian: address.sin_port))"
    }
}
