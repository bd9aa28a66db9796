import Foundation
import TestSupport

/// Connections of which each sends a request before any answer is read: really at once, unlike a client's pool.
final class RawConnections {
    struct Answer: Equatable {
        let status: Int
        let body: String
    }

    private let descriptors: [Int32]

    init(_ count: Int, port: Int) throws {
        descriptors = try (0..<count).map { _ in
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var limit = timeval(tv_sec: 20, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard result == 0 else { throw NeverHappened(description: "no connection to port \(port)") }
            return descriptor
        }
    }

    deinit { for descriptor in descriptors { close(descriptor) } }

    /// The same request on every connection.
    func all(_ method: String, _ path: String, token: String) throws -> [Answer] {
        let request = Array(
            "\(method) \(path) HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer \(token)\r\nContent-Length: 0\r\n\r\n"
                .utf8)
        for descriptor in descriptors
        where send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) != request.count {
            throw NeverHappened(description: "a connection broke")
        }
        return try descriptors.map(answer)
    }

    private func answer(_ descriptor: Int32) throws -> Answer {
        var text = ""
        while true {
            var chunk = [UInt8](repeating: 0, count: 8192)
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { throw NeverHappened(description: "a connection ended") }
            text += String(decoding: chunk[..<count], as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let head = text[..<end.lowerBound].lowercased()
            let length =
                head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst("content-length:".count).filter { $0 != " " }) } ?? 0
            let body = text[end.upperBound...]
            guard body.utf8.count >= length else { continue }
            return Answer(status: Int(head.dropFirst(9).prefix(3)) ?? 0, body: String(body))
        }
    }
}
