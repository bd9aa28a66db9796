/// An answer as it came over the wire.
package struct WireAnswer: Sendable {
    package let status: Int
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    package var text: String { String(decoding: body, as: UTF8.self) }
}

/// Why no answer was read.
package enum WireError: Error, Equatable {
    case closed
    case malformed(String)
    case network(SystemError)
}

/// HTTP/1.1 over one blocking connection, kept open between requests and opened again when it was closed.
package final class HTTPWire {
    package let port: Int
    private let timeout: Double
    private var socket: Socket?
    private var pending: [UInt8] = []

    package init(port: Int, timeout seconds: Double = 20) {
        self.port = port
        self.timeout = seconds
    }

    package func request(
        _ method: String, _ target: String, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) throws(WireError) -> WireAnswer {
        let reused = socket != nil
        do {
            try send(method, target, headers: headers, body: body)
            return try answer(to: method)
        } catch {
            close()
            // A connection that was kept may have been closed by the other side in the meantime: once more on a new
            // one, but only where nothing can have happened twice.
            guard reused, ["GET", "HEAD", "PUT", "DELETE"].contains(method) else { throw error }
            try send(method, target, headers: headers, body: body)
            return try answer(to: method)
        }
    }

    package func send(
        _ method: String, _ target: String, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) throws(WireError) {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        try send(bytes: Array((head + "\r\n").utf8) + (body ?? []))
    }

    /// Sends bytes as they are, for requests that are slow, half sent or wrong.
    package func send(bytes: [UInt8]) throws(WireError) {
        do {
            if socket == nil { socket = try Socket.connect(port: port, timeout: timeout) }
            try socket?.send(bytes)
        } catch {
            throw .network(error)
        }
    }

    package func close() {
        socket?.close()
        socket = nil
        pending = []
    }

    /// Reads one answer, whole.
    package func answer(to method: String = "GET") throws(WireError) -> WireAnswer {
        let lines = try head()
        let words = lines[0].split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw .malformed("status line \(lines[0])")
        }
        var headers: [(name: String, value: String)] = []
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw .malformed("header \(line)") }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers.append((String(line[..<colon]), String(value)))
        }
        let partial = WireAnswer(status: status, headers: headers, body: [])
        if status == 100 { return try answer(to: method) }
        let body = try self.body(of: partial, method: method)
        if partial.header("Connection")?.lowercased() == "close" { close() }
        return WireAnswer(status: status, headers: headers, body: body)
    }

    /// Reads the next line of a stream of server-sent events, or the next bytes of an upgraded connection.
    package func readLine() throws(WireError) -> String {
        while true {
            if let end = pending.firstIndex(of: 10) {
                let line = pending[..<end]
                pending.removeSubrange(...end)
                return String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
            }
            try fill()
        }
    }

    package func read(_ count: Int) throws(WireError) -> [UInt8] {
        while pending.count < count { try fill() }
        let bytes = Array(pending[..<count])
        pending.removeFirst(count)
        return bytes
    }

    private func head() throws(WireError) -> [String] {
        var lines: [String] = []
        while true {
            let line = try readLine()
            if line.isEmpty {
                if lines.isEmpty { continue }
                return lines
            }
            lines.append(line)
        }
    }

    private func body(of answer: WireAnswer, method: String) throws(WireError) -> [UInt8] {
        if method == "HEAD" || answer.status == 204 || answer.status == 304 || answer.status == 101 { return [] }
        if let length = answer.header("Content-Length") {
            guard let count = Int(length), count >= 0 else { throw .malformed("length \(length)") }
            return try read(count)
        }
        if answer.header("Transfer-Encoding")?.lowercased() == "chunked" {
            if answer.header("Content-Type")?.hasPrefix("text/event-stream") == true { return [] }
            return try chunks()
        }
        var rest = pending
        pending = []
        while true {
            do {
                try fill()
            } catch .closed {
                close()
                return rest
            }
            rest += pending
            pending = []
        }
    }

    private func chunks() throws(WireError) -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let line = try readLine()
            guard let count = Int(line.split(separator: ";").first ?? "", radix: 16) else {
                throw .malformed("chunk \(line)")
            }
            if count == 0 {
                while !(try readLine()).isEmpty {}
                return body
            }
            body += try read(count)
            _ = try readLine()
        }
    }

    private func fill() throws(WireError) {
        guard let socket else { throw .closed }
        do {
            let bytes = try socket.receive()
            if bytes.isEmpty { throw WireError.closed }
            pending += bytes
        } catch let error as WireError {
            throw error
        } catch let error as SystemError {
            throw .network(error)
        } catch {
            throw .malformed("\(error)")
        }
    }
}
