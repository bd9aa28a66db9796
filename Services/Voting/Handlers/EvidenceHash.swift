import BSON
import HTTPServer
import Runtime
import Security

/// Addresses and devices as keyed hashes: equal ones are recognised, and nobody without the key learns which they are.
struct EvidenceHash: Sendable {
    private let key: [UInt8]
    /// Who votes, votes again in a moment, from the same address and device.
    private let devices = Locked(TwoGenerationCache<ObjectID, Device>(capacity: 20_000))
    private let addresses = Locked(TwoGenerationCache<IPAddress, String>(capacity: 20_000))

    private struct Device {
        let name: String
        let digest: String
    }

    init(secret: String) { key = Array(secret.utf8) }

    /// Of a household: the IPv4 address, or the IPv6 /64.
    func address(_ address: IPAddress) -> String {
        let household = address.household
        if let known = addresses.withLock({ $0.value(for: household) }) { return known }
        let digest = digest(of: "address:\(household)")
        addresses.withLock { $0.insert(digest, for: household) }
        return digest
    }

    /// Of the device that a session was opened on; found by the session, whose id is quicker to look up than a name.
    func device(of caller: Caller) -> String {
        let session = caller.sessionID.objectID
        if let known = devices.withLock({ $0.value(for: session) }), known.name == caller.deviceID {
            return known.digest
        }
        let digest = digest(of: "device:\(caller.deviceID)")
        devices.withLock { $0.insert(Device(name: caller.deviceID, digest: digest), for: session) }
        return digest
    }

    private func digest(of text: String) -> String {
        Hex.encode(HMAC.sha256(key: key, message: Array(text.utf8)).prefix(16))
    }
}
