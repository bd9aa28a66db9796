import BSON
import Synchronization

/// The logical time that every reply of a replica set tells, by which drivers keep causally consistent sessions.
/// There is one node, and it answers only what it has done: each reply is later than all before it, and a read after
/// any time that was told sees what was answered by then.
final class ClusterClock: Sendable {
    /// Seconds in the upper half, the number within the second in the lower one: BSON's timestamp.
    private let last = Atomic<UInt64>(0)
    private let fields: [UInt8]
    private let places: [Int]

    init() {
        let unset = BSONTimestamp(seconds: .max, increment: .max)
        // Nobody checks the signature: it says that there is none.
        let signature: BSONDocument = [
            "hash": .binary(BSONBinary(subtype: 0, bytes: Array(repeating: 0, count: 20))), "keyId": .int64(0),
        ]
        let document: BSONDocument = [
            "$clusterTime": ["clusterTime": .timestamp(unset), "signature": .document(signature)],
            "operationTime": .timestamp(unset),
        ]
        let encoded = Array(document.encode().dropFirst(4))
        let mark = Array(repeating: UInt8.max, count: 8)
        fields = encoded
        places = encoded.indices.filter { encoded[$0...].starts(with: mark) }
    }

    /// Appends `$clusterTime` and `operationTime` to an encoded document. In place: a reply may have 16 MB.
    func stamp(_ document: inout [UInt8]) {
        document.removeLast()
        let start = document.count
        document += fields
        let time = tick()
        for place in places { document.replace(at: start + place, with: time) }
        document.replace(at: 0, with: UInt32(document.count))
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

extension [UInt8] {
    fileprivate mutating func replace(at place: Int, with number: some FixedWidthInteger) {
        withUnsafeMutableBytes { $0.storeBytes(of: number.littleEndian, toByteOffset: place, as: type(of: number)) }
    }
}
