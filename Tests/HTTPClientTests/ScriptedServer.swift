import Glibc
import Runtime

/// A server on a free loopback port that answers each request by a function, on one thread, a connection per request.
final class ScriptedServer: Sendable {
    let port: Int
    private let listener: Int32
    private let seen = Locked<[String]>([])

    /// - Parameter answer: the raw bytes to send for a request's head and its number; nil keeps silent.
    init(_ answer: @escaping @Sendable (_ head: String, _ number: Int) -> String?) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(listener, raw, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, raw, &length) == 0
            }
        }
        guard bound else { throw SystemError(call: "bind", code: errno) }
        port = Int(UInt16(bigEndian: address.sin_port))
        self.listener = listener
        let pool = BlockingPool(name: "scripted", threads: 8, queueLimit: 64)
        let seen = seen
        Task {
            try await BlockingPool(name: "acceptor", threads: 1, queueLimit: 1).run {
                while true {
                    let peer = accept(listener, nil, nil)
                    guard peer >= 0 else {
                        // Not in `stop`: whatever gets the number next would be accepted from here.
                        close(listener)
                        return
                    }
                    Task {
                        try await pool.run {
                            defer { close(peer) }
                            let head = Self.head(of: peer)
                            guard !head.isEmpty else { return }
                            let number = seen.withLock {
                                $0.append(head); return $0.count
                            }
                            guard let bytes = answer(head, number) else {
                                var byte: UInt8 = 0
                                _ = read(peer, &byte, 1)  // until the client gives up
                                return
                            }
                            _ = Array(bytes.utf8).withUnsafeBytes {
                                send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                            }
                            shutdown(peer, Int32(SHUT_WR))
                        }
                    }
                }
            }
        }
    }

    var requests: [String] { seen.withLock { $0 } }

    func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func head(of peer: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(peer, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
            let text = String(decoding: bytes, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let lengths = text.split(separator: "\r\n").filter { $0.lowercased().hasPrefix("content-length:") }
            let wanted = lengths.first.flatMap { Int($0.split(separator: ":")[1].trimmed) } ?? 0
            if text[end.upperBound...].utf8.count >= wanted { return text }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Substring {
    fileprivate var trimmed: String { String(filter { !$0.isWhitespace }) }
}

extension String {
    /// A whole answer with its length.
    static func answer(_ status: Int, _ body: String = "", headers: [String] = []) -> String {
        (["HTTP/1.1 \(status) X", "Content-Length: \(body.utf8.count)", "Connection: close"] + headers).joined(
            separator: "\r\n") + "\r\n\r\n" + body
    }

    fileprivate func range(of needle: String) -> Range<String.Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(needle) { return index..<self.index(index, offsetBy: needle.count) }
            index = self.index(after: index)
        }
        return nil
    }
}
