/// Where Redis is: `redis://[[user]:password@]host[:port][/db]` for one server, `redis+cluster://h:p,h:p` for a cluster.
package struct RedisURL: Sendable, Equatable, CustomStringConvertible {
    package let addresses: [RedisAddress]
    package let isCluster: Bool
    package let user: String?
    package let password: String?
    package let database: Int

    /// - Throws: `RedisError.malformedURL`, which never repeats the password.
    package init(_ text: String) throws(RedisError) {
        let schemes = ["redis://", "redis+cluster://"]
        guard let scheme = schemes.first(where: { text.hasPrefix($0) }) else {
            throw .malformedURL("expected redis:// or redis+cluster://")
        }
        isCluster = scheme == schemes[1]
        var rest = text.dropFirst(scheme.count)
        var database = 0
        if let slash = rest.firstIndex(of: "/") {
            let path = rest[rest.index(after: slash)...]
            guard path.isEmpty || Int(path) != nil else { throw .malformedURL("the path is no database number") }
            database = Int(path) ?? 0
            rest = rest[..<slash]
        }
        var user: String?
        var password: String?
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw .malformedURL("expected [user]:password before the @") }
            user = parts[0].isEmpty ? nil : Self.unescape(parts[0])
            password = Self.unescape(parts[1])
            rest = rest[rest.index(after: at)...]
        }
        let addresses = rest.split(separator: ",").map { RedisAddress($0) }
        guard !addresses.isEmpty, !addresses.contains(where: { $0 == nil }) else {
            throw .malformedURL("expected host:port after the scheme")
        }
        guard isCluster || addresses.count == 1 else { throw .malformedURL("several hosts need redis+cluster://") }
        guard !isCluster || database == 0 else { throw .malformedURL("a cluster has database 0 only") }
        self.addresses = addresses.compactMap { $0 }
        self.user = user
        self.password = password
        self.database = database
    }

    /// For logs: the password is left out.
    package var description: String {
        let hosts = addresses.map(\.description).joined(separator: ",")
        let secret = password == nil ? "" : "***@"
        return isCluster ? "redis+cluster://\(secret)\(hosts)" : "redis://\(secret)\(hosts)/\(database)"
    }

    private static func unescape(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
