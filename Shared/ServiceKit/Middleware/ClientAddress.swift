package import HTTPServer

/// Finds out where a request comes from, believing `X-Forwarded-For` only as far as trusted proxies wrote it.
package struct ClientAddress: Sendable {
    private let trusted: [IPNetwork]
    private let isRelaxed: Bool

    /// - Parameter relaxed: whether a loopback client may name its address itself, so that one machine can play many.
    package init(trusted: [IPNetwork], relaxed: Bool) {
        self.trusted = trusted
        isRelaxed = relaxed
    }

    /// The nearest address that is no trusted proxy.
    ///
    /// Each proxy appends whom it heard from, so the list is read from its end and only while its writer is trusted. A
    /// loopback address in the list is a client on the proxy's own machine, not another proxy: in strict mode it ends
    /// the walk, and what that client wrote itself is not believed.
    package func resolve(_ peer: IPAddress, forwardedFor header: () -> [String]) -> IPAddress {
        guard isTrusted(peer) else { return peer }
        let values = header()
        if values.isEmpty { return peer }
        if values.count == 1, let only = IPAddress(values[0]) { return only }
        var address = peer
        for hop in values.joined(separator: ",").split(separator: ",").reversed() {
            guard let named = IPAddress(hop.trimmed) else { return address }
            address = named
            if !isTrusted(named) || (named.isLoopback && !isRelaxed) { return address }
        }
        return address
    }

    /// The same for a request, without a string where its header names one address, as nearly all do.
    func resolve(_ request: Request) -> IPAddress {
        let peer = request.remoteAddress
        guard isTrusted(peer) else { return peer }
        switch request.soleAddress(in: "X-Forwarded-For") {
        case .absent: return peer
        case .one(let only): return only
        case .other: return resolve(peer) { request.headers("X-Forwarded-For") }
        }
    }

    private func isTrusted(_ address: IPAddress) -> Bool { trusted.contains { $0.contains(address) } }
}
