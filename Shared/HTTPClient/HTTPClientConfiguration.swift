/// How a client behaves; every default is meant for calls to providers and stores over the internet.
package struct HTTPClientConfiguration: Sendable {
    /// For a whole request, retries included. Default 30 s.
    package var deadline: Duration = .seconds(30)
    /// For reaching the server. Default 5 s.
    package var connectTimeout: Duration = .seconds(5)
    /// Largest answer. Default 32 MiB.
    package var maximumBytes = 32 << 20
    /// Attempts after the first for requests that may be sent twice, 0...5. Default 2.
    package var retries = 2
    /// Which addresses may be reached. Default: the public internet only.
    package var reach: AddressReach = .publicOnly
    /// Consecutive failures of a host that open its circuit; 0 for never. Default 8.
    package var failuresToOpen = 8
    /// How long a circuit stays open before one request may try again. Default 10 s.
    package var openFor: Duration = .seconds(10)
    package var connectionsPerHost = 32
    package var userAgent = "circle-for-life/1"

    package init() {}

    /// For one's own servers on loopback: no address is refused, no circuit opens, nothing is retried.
    package static var loopback: HTTPClientConfiguration {
        var configuration = HTTPClientConfiguration()
        configuration.reach = .anywhere
        configuration.retries = 0
        configuration.failuresToOpen = 0
        return configuration
    }
}

/// Which addresses a client may connect to (against server-side request forgery).
package enum AddressReach: Sendable, Equatable {
    case publicOnly
    /// The public internet, and these hosts wherever they lead: the operator's own servers, named in configuration.
    case publicAnd(hosts: Set<String>)
    case anywhere

    func permits(_ address: NetworkAddress, host: String) -> Bool {
        switch self {
        case .anywhere: true
        case .publicAnd(let hosts): hosts.contains(host) || address.isPublic
        case .publicOnly: address.isPublic
        }
    }
}
