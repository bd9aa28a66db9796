import CLinux
import Glibc

/// A blocking connection to loopback.
final class Socket {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard Self.withLoopback(port, { connect(descriptor, $0, $1) }) == 0 else {
            throw BenchmarkFailure("nobody listens on port \(port)")
        }
    }

    deinit { close(descriptor) }

    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var bound = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        guard withLoopback(0, { bind(descriptor, $0, $1) }) == 0 else { throw BenchmarkFailure("no free port") }
        let result = withUnsafeMutablePointer(to: &bound) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0 else { throw BenchmarkFailure("no free port") }
        return Int(in_port_t(bigEndian: bound.sin_port))
    }

    private static func withLoopback(
        _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                Glibc.send(descriptor, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw BenchmarkFailure("a connection broke") }
            sent += count
        }
    }

    /// One whole answer: head and body.
    func answer() throws -> (head: [UInt8], body: [UInt8]) {
        var end = Self.endOfHead(buffer)
        while end == nil {
            try fill()
            end = Self.endOfHead(buffer)
        }
        let start = end ?? 0
        let head = Array(buffer[..<start])
        let length = Self.contentLength(head)
        while buffer.count < start + length { try fill() }
        let body = Array(buffer[start..<start + length])
        buffer.removeFirst(start + length)
        return (head, body)
    }

    /// Reads so many lines and forgets them.
    func skipLines(_ count: Int) throws {
        var left = count
        while left > 0 {
            if buffer.isEmpty { try fill() }
            var end = 0
            while end < buffer.count, left > 0 {
                if buffer[end] == 10 { left -= 1 }
                end += 1
            }
            buffer.removeFirst(end)
        }
    }

    private func fill() throws {
        var chunk = [UInt8](repeating: 0, count: 16_384)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { throw BenchmarkFailure("a connection ended") }
        buffer.append(contentsOf: chunk[..<count])
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 3..<bytes.count
        where bytes[index] == 10 && bytes[index - 1] == 13 && bytes[index - 2] == 10 && bytes[index - 3] == 13 {
            return index + 1
        }
        return nil
    }

    private static func contentLength(_ head: [UInt8]) -> Int {
        for line in String(decoding: head, as: UTF8.self).split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts[0].lowercased() == "content-length" { return Int(parts[1].drop { $0 == " " }) ?? 0 }
        }
        return 0
    }
}
