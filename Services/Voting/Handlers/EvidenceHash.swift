import HTTPServer
import Security

/// Addresses and devices as keyed hashes: equal ones are recognised, and nobody without the key learns which they are.
struct EvidenceHash: Sendable {
    private let key: [UInt8]

    init(secret: String) { key = Array(secret.utf8) }

    /// Of a household: the IPv4 address, or the IPv6 /64.
    func address(_ address: IPAddress) -> String { digest("address:\(address.household)") }

    func device(_ device: String) -> String { digest("device:\(device)") }

    private func digest(_ text: String) -> String {
        Hex.encode(HMAC.sha256(key: key, message: Array(text.utf8)).prefix(16))
    }
}
