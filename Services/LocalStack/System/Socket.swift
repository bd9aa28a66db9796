internal import Glibc

/// A blocking TCP connection on loopback, with deadlines. It serves the tools, not the services: the demonstration and
/// the end-to-end tests need control over every byte that is sent, and over when it is sent.
package final class Socket {
    package private(set) var descriptor: Int32

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close() }

    package func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    package static func connect(port: Int, timeout seconds: Double = 5) throws(SystemError) -> Socket {
        let descriptor = try retrying("socket") { socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0) }
        let connection = Socket(descriptor)
        connection.setTimeout(seconds: seconds)
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        try withLoopback(port) { (address) throws(SystemError) in
            _ = try retrying("connect", "127.0.0.1:\(port)") {
                Glibc.connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return connection
    }

    package func setTimeout(seconds: Double) {
        var time = timeval(tv_sec: Int(seconds), tv_usec: Int((seconds - Double(Int(seconds))) * 1_000_000))
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    package func send(_ bytes: [UInt8]) throws(SystemError) {
        var offset = 0
        while offset < bytes.count {
            offset += try retrying("send") {
                bytes.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress! + offset, $0.count - offset, Int32(MSG_NOSIGNAL))
                }
            }
        }
    }

    /// Returns what has arrived, waiting for at least a byte; empty once the other side has closed.
    package func receive(upTo count: Int = 65_536) throws(SystemError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let received = try retrying("recv") { recv(descriptor, &buffer, count, 0) }
        return Array(buffer[..<received])
    }

    package static func accepts(port: Int) -> Bool {
        do {
            _ = try connect(port: port, timeout: 1)
            return true
        } catch {
            return false
        }
    }

    /// Whether a server could listen on the port of loopback and of all addresses.
    package static func canListen(port: Int) -> Bool {
        bound(port: port) != nil
    }

    package static func freePort() -> Int? {
        bound(port: 0)
    }

    private static func bound(port: Int) -> Int? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return nil }
        defer { Glibc.close(descriptor) }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        guard withLoopback(port, { bind(descriptor, $0, size) }) == 0, listen(descriptor, 1) == 0 else { return nil }
        var address = sockaddr_in()
        var length = size
        let named = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return named == 0 ? Int(UInt16(bigEndian: address.sin_port)) : nil
    }

    private static func withLoopback<R, E: Error>(
        _ port: Int, _ body: (UnsafePointer<sockaddr>) throws(E) -> R
    ) throws(E) -> R {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return try withUnsafePointer(to: &address) { (pointer) throws(E) -> R in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { (pointer) throws(E) -> R in
                try body(pointer)
            }
        }
    }
}
