import HTTPServer
import Runtime
import Security

/// Addresses and devices as keyed hashes: equal ones are recognised, and nobody without the key learns which they are.
struct EvidenceHash: Sendable {
    private let key: [UInt8]
    /// Who votes, votes again in a moment, from the same address and device.
    private let devices = Locked(TwoGenerationCache<String, String>(capacity: 20_000))
    private let addresses = Locked(TwoGenerationCache<IPAddress, String>(capacity: 20_000))

    init(secret: String) { key = Array(secret.utf8) }

    /// Of a household: the IPv4 address, or the IPv6 /64.
    func address(_ address: IPAddress) -> String {
        let household = address.household
        return find(household, in: addresses) { "address:\(household)" }
    }

    func device(_ device: String) -> String { find(device, in: devices) { "device:\(device)" } }

    private func find<Key: Hashable & Sendable>(
        _ key: Key, in known: Locked<TwoGenerationCache<Key, String>>, _ text: () -> String
    ) -> String {
        if let known = known.withLock({ $0.value(for: key) }) { return known }
        let digest = Hex.encode(HMAC.sha256(key: self.key, message: Array(text().utf8)).prefix(16))
        known.withLock { $0.insert(digest, for: key) }
        return digest
    }
}
