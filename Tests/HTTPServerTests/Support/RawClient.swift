import CLinux
import Glibc
import Runtime

/// A blocking client that sends exactly the bytes it is told to, for what a well-behaved one would not do.
final class RawClient: @unchecked Sendable {  // used by one thread at a time
    struct Answer: Sendable {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        func header(_ name: String) -> String? { headers[name.lowercased()] }
    }

    enum Failure: Error { case connect(Int32), closed, malformed(String) }

    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure.connect(errno) }
    }

    deinit { close(descriptor) }

    /// Ends the connection as a client that crashed: the server is told at once, whatever it is at.
    func reset() {
        var lingering = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &lingering, socklen_t(MemoryLayout<linger>.size))
        let nothing = open("/dev/null", O_RDONLY)
        dup2(nothing, descriptor)
        close(nothing)
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// True when the server has ended the connection and everything before that was read.
    func isAtEnd() -> Bool { buffer.isEmpty && !fill() }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer.append(contentsOf: chunk[..<count])
        return true
    }

    func readLine() throws -> String {
        while true {
            if let end = buffer.firstIndex(of: 10) {
                let line = buffer[..<end]
                buffer.removeFirst(end + 1)
                return String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
            }
            guard fill() else { throw Failure.closed }
        }
    }

    func read(_ count: Int) throws -> [UInt8] {
        while buffer.count < count { guard fill() else { throw Failure.closed } }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    func readHead() throws -> Answer {
        let status = try readLine()
        guard let code = status.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Failure.malformed(status)
        }
        var headers: [String: String] = [:]
        while case let line = try readLine(), !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        return Answer(status: code, headers: headers, body: [])
    }

    func readAnswer(hasBody: Bool = true) throws -> Answer {
        var answer = try readHead()
        if answer.status == 100 { return try readAnswer(hasBody: hasBody) }
        if hasBody, let length = answer.header("content-length").flatMap({ Int($0) }) { answer.body = try read(length) }
        return answer
    }

    func readChunk() throws -> [UInt8] {
        guard let size = Int(try readLine(), radix: 16) else { throw Failure.malformed("chunk") }
        let chunk = try read(size)
        _ = try read(2)
        return chunk
    }

    func request(_ method: String, _ path: String, headers: [String] = [], body: String? = nil) throws -> Answer {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: test\r\n"
        for header in headers { text += header + "\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        send(text + "\r\n" + (body ?? ""))
        return try readAnswer(hasBody: method != "HEAD")
    }
}

private let clients = BlockingPool(name: "clients", threads: 16, queueLimit: 10_000)

/// Runs blocking client code beside the test.
func blocking<Success: Sendable>(_ work: @escaping @Sendable () throws -> Success) async throws -> Success {
    try await clients.run(work)
}
