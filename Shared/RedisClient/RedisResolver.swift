import CLinux
import Glibc
import Runtime

/// Turns host names into addresses, off the loop: `getaddrinfo` blocks.
enum RedisResolver {
    /// One thread: a name is looked up when a connection is opened, which is rare.
    private static let pool = BlockingPool(name: "redis-dns", threads: 1, queueLimit: 64)

    static func isNumeric(_ host: String) -> Bool {
        var buffer = in6_addr()
        return inet_pton(AF_INET, host, &buffer) == 1 || inet_pton(AF_INET6, host, &buffer) == 1
    }

    static func resolve(_ host: String) async throws -> String {
        try await pool.run { try lookUp(host) }
    }

    private static func lookUp(_ host: String) throws(RedisError) -> String {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0, let first = list else {
            throw .unavailable("\(host): \(String(cString: gai_strerror(code)))")
        }
        defer { freeaddrinfo(list) }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let named = getnameinfo(
            first.pointee.ai_addr, first.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard named == 0 else { throw .unavailable("\(host): no numeric address") }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
