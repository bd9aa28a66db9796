/// Where one Redis server listens.
package struct RedisAddress: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `host:port`, `[v6]:port` or a bare host with the default port 6379.
    init?(_ text: Substring, defaultPort: Int = 6379) {
        var rest = text
        let host: Substring
        if rest.first == "[" {
            guard let close = rest.firstIndex(of: "]") else { return nil }
            host = rest[rest.index(after: rest.startIndex)..<close]
            rest = rest[rest.index(after: close)...]
        } else if let colon = rest.lastIndex(of: ":") {
            host = rest[..<colon]
            rest = rest[colon...]
        } else {
            host = rest
            rest = ""
        }
        guard !host.isEmpty else { return nil }
        guard let first = rest.first else {
            self.init(host: String(host), port: defaultPort)
            return
        }
        guard first == ":", let port = Int(rest.dropFirst()), (1...65535).contains(port) else { return nil }
        self.init(host: String(host), port: port)
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
