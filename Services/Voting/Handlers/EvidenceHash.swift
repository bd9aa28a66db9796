import HTTPServer
import Runtime
import Security

/// Addresses and devices as keyed hashes: equal ones are recognised, and nobody without the key learns which they are.
struct EvidenceHash: Sendable {
    private let key: [UInt8]
    /// Who votes, votes again in a moment, from the same address and device.
    private let known = Locked(TwoGenerationCache<String, String>(capacity: 20_000))

    init(secret: String) { key = Array(secret.utf8) }

    /// Of a household: the IPv4 address, or the IPv6 /64.
    func address(_ address: IPAddress) -> String { digest("address:\(address.household)") }

    func device(_ device: String) -> String { digest("device:\(device)") }

    private func digest(_ text: String) -> String {
        if let known = known.withLock({ $0.value(for: text) }) { return known }
        let digest = Hex.encode(HMAC.sha256(key: key, message: Array(text.utf8)).prefix(16))
        known.withLock { $0.insert(digest, for: text) }
        return digest
    }
}
