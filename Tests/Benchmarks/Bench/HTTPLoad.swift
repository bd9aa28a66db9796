import Glibc

/// The same requests at the same pace for whoever is measured.
///
/// A pace and not as many as it can: a server that keeps its client busy is not charged for waking it, one that does not
/// is, so that under full load the quicker one looks better than it is.
final class HTTPLoad {
    typealias Answer = (head: [UInt8], body: [UInt8])

    private let request: (Int) throws -> [UInt8]
    private let check: (Answer) throws -> Void
    private let connections: [Socket]
    private let rate: Double
    private var sent: Int

    /// - Parameters:
    ///   - rate: requests a second over all connections.
    ///   - first: the number of the first request.
    ///   - request: the bytes of a request by its number.
    ///   - check: throws for an answer that must not come.
    init(
        port: Int, connections: Int, rate: Double, first: Int = 0, request: @escaping (Int) throws -> [UInt8],
        check: @escaping (Answer) throws -> Void = { _ in }
    ) throws {
        self.request = request
        self.check = check
        self.connections = try (0..<connections).map { _ in try Socket(port: port) }
        self.rate = rate
        sent = first
    }

    /// A load of one request.
    convenience init(port: Int, path: String, connections: Int, rate: Double) throws {
        let request = Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n".utf8)
        try self.init(port: port, connections: connections, rate: rate, request: { _ in request })
    }

    /// Sends a request on each connection, reads the answers, waits for its turn, and so on.
    ///
    /// - Returns: requests answered.
    func run(seconds: Double) throws -> Int {
        let interval = Double(connections.count) / rate
        let start = Clock.seconds()
        var rounds = 0
        while Clock.seconds() - start < seconds {
            try turn()
            rounds += 1
            let ahead = start + Double(rounds) * interval - Clock.seconds()
            if ahead > 0 { usleep(UInt32(ahead * 1_000_000)) }
        }
        return rounds * connections.count
    }

    /// One request on each connection.
    func turn() throws {
        for connection in connections {
            try connection.send(try request(sent))
            sent += 1
        }
        for connection in connections { try check(try connection.answer()) }
    }
}
