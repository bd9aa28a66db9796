import BSON
import Synchronization

/// The logical time that every reply of a replica set tells, by which drivers keep causally consistent sessions.
/// There is one node, and it answers only what it has done: each reply is later than all before it, and a read after
/// any time that was told sees what was answered by then.
final class ClusterClock: Sendable {
    /// Seconds in the upper half, the number within the second in the lower one: BSON's timestamp.
    private let last = Atomic<UInt64>(0)
    /// Nobody checks the signature: it says that there is none.
    private let signature: [UInt8] = {
        let hash = BSONBinary(subtype: 0, bytes: Array(repeating: 0, count: 20))
        return (["hash": .binary(hash), "keyId": .int64(0)] as BSONDocument).encode()
    }()

    /// Appends `$clusterTime` and `operationTime` to an encoded document.
    func stamped(_ document: consuming [UInt8]) -> [UInt8] {
        document.removeLast()
        var writer = BSONWriter(continuing: document)
        let word = tick()
        let stamp = BSONTimestamp(seconds: UInt32(word >> 32), increment: UInt32(truncatingIfNeeded: word))
        writer.document("$clusterTime") { inner in
            inner.field("clusterTime", .timestamp(stamp))
            inner.append("signature", rawDocument: signature)
        }
        writer.field("operationTime", .timestamp(stamp))
        writer.endDocument(0)
        return writer.bytes
    }

    private func tick() -> UInt64 {
        let now = UInt64(Clock.wall / 1000) << 32 | 1
        var known = last.load(ordering: .relaxed)
        while true {
            let next = max(now, known + 1)
            let (done, current) = last.weakCompareExchange(expected: known, desired: next, ordering: .relaxed)
            if done { return next }
            known = current
        }
    }
}
