import CCurl
import Runtime

/// Looks names up, once per attempt, on threads of its own: `getaddrinfo` blocks.
struct Resolver: Sendable {
    private let pool: BlockingPool

    /// Threads versus connections: two threads are enough for the handful of hosts a service talks to; what waits
    /// behind them is bounded and then refused.
    init(pool: BlockingPool = BlockingPool(name: "resolver", threads: 2, queueLimit: 256)) { self.pool = pool }

    /// - Throws: `unreachable` for a name that does not resolve, `overloaded` when too many look-ups wait.
    func addresses(of host: String) async throws(HTTPClientError) -> [NetworkAddress] {
        if let literal = Self.literal(host) { return [literal] }
        do {
            return try await pool.run { try Self.lookUp(host) }
        } catch let error as HTTPClientError {
            throw error
        } catch {
            throw .overloaded
        }
    }

    static func literal(_ host: String) -> NetworkAddress? {
        var four = [UInt8](repeating: 0, count: 4), six = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, host, &four) == 1 { return NetworkAddress(bytes: four) }
        if inet_pton(AF_INET6, host, &six) == 1 { return NetworkAddress(bytes: six) }
        return nil
    }

    private static func lookUp(_ host: String) throws(HTTPClientError) -> [NetworkAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else { throw .unreachable("\(host): \(String(cString: gai_strerror(code)))") }
        defer { freeaddrinfo(list) }
        var found: [NetworkAddress] = []
        var next = list
        while let entry = next {
            if let address = address(entry.pointee), !found.contains(address) { found.append(address) }
            next = entry.pointee.ai_next
        }
        guard !found.isEmpty else { throw .unreachable("\(host) has no address") }
        return found
    }

    private static func address(_ entry: addrinfo) -> NetworkAddress? {
        guard let raw = UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch entry.ai_family {
        case AF_INET:
            return withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in.self).sin_addr) {
                NetworkAddress(bytes: Array($0))
            }
        case AF_INET6:
            return withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr) {
                NetworkAddress(bytes: Array($0))
            }
        default: return nil
        }
    }
}
