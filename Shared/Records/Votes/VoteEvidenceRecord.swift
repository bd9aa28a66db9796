package import BSON

/// Why a vote was scored as it was. Addresses and devices are keyed hashes, of which a label is all that is shown.
package struct VoteEvidenceRecord: Sendable {
    package let id: ObjectID
    package let score: Double
    package let reasons: [(signal: String, weight: Double)]
    package let accountsOnAddress: Int?
    package let accountsOnDevice: Int?
    package let accountAgeHours: Int64?
    package let votesInLastMinute: Int?
    package let trustScore: Int?
    package let isReciprocal: Bool
    package let addressHash: String?
    package let deviceHash: String?
    /// The collusion finding that the vote belongs to.
    package let ring: ObjectID?
    package let verdict: String?

    package init(_ document: BSONDocument) throws(BSONError) {
        id = try document.requireObjectID("_id")
        score = try document.requireDouble("fraudScore")
        reasons = (document.array("reasons") ?? []).compactMap { value in
            value.documentValue.flatMap { reason in
                reason.string("signal").map { ($0, reason.double("weight") ?? 0) }
            }
        }
        let signals = document.document("signals") ?? [:]
        accountsOnAddress = signals.int("accountsOnAddress")
        accountsOnDevice = signals.int("accountsOnDevice")
        accountAgeHours = signals.int64("accountAgeHours")
        votesInLastMinute = signals.int("votesInLastMinute")
        trustScore = signals.int("trustScore")
        isReciprocal = signals.bool("reciprocal") ?? false
        addressHash = document.string("ipHash")
        deviceHash = document.string("deviceHash")
        ring = document.objectID("ring")
        verdict = document.string("verdict")
    }

    /// Names a cluster for people: enough of the keyed hash to tell clusters apart, and no use for anything else.
    package static func label(ofHash hash: String) -> String { String(hash.prefix(8)) }
}
