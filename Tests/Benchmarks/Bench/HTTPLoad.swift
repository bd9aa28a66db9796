import Glibc

/// The same requests at the same pace for whoever is measured.
///
/// A pace and not as many as it can: a server that keeps its client busy is not charged for waking it, one that does not
/// is, so that under full load the quicker one looks better than it is.
final class HTTPLoad {
    private let request: [UInt8]
    private let connections: [Socket]
    private let rate: Double

    /// - Parameter rate: requests a second over all connections.
    init(port: Int, path: String, connections: Int, rate: Double) throws {
        request = Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n".utf8)
        self.connections = try (0..<connections).map { _ in try Socket(port: port) }
        self.rate = rate
    }

    /// Sends a request on each connection, reads the answers, waits for its turn, and so on.
    ///
    /// - Returns: requests answered.
    func run(seconds: Double) throws -> Int {
        let interval = Double(connections.count) / rate
        let start = Self.now()
        var count = 0
        while Self.now() - start < seconds {
            for connection in connections { try connection.send(request) }
            for connection in connections { _ = try connection.answer() }
            count += connections.count
            let ahead = start + Double(count / connections.count) * interval - Self.now()
            if ahead > 0 { usleep(UInt32(ahead * 1_000_000)) }
        }
        return count
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
