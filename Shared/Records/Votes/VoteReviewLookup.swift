package import BSON
package import Domain
package import MongoClient

/// Reads what waits for a moderator, and why, for those who show it. Read only.
package struct VoteReviewLookup: Sendable {
    package typealias Flagged = (vote: VoteRecord, evidence: VoteEvidenceRecord?)

    private let votes: Lookup<VoteRecord>
    private let evidence: MongoCollection
    private let rings: Lookup<VoteRingRecord>

    package init(in database: MongoDatabase) {
        votes = Lookup(in: database)
        evidence = database.collection(VoteCollections.evidence.name)
        rings = Lookup(in: database)
    }

    /// Flagged votes that nobody has reviewed, the oldest first. Evidence of votes older than ninety days is gone.
    package func waiting(after place: TimePlace<Tags.Vote>?, limit: Int) async throws -> [Flagged] {
        var filter: BSONDocument = ["state": .string(VoteState.flagged.rawValue)]
        filter.append(behind: place, .oldestFirst)
        return try await withEvidence(
            try await votes.matching(filter, sort: ["createdAt": 1, "_id": 1], limit: limit))
    }

    /// A vote, whatever became of it.
    package func byID(_ id: ObjectID) async throws -> Flagged? {
        guard let vote = try await votes.byID(.objectID(id)) else { return nil }
        return try await withEvidence([vote]).first
    }

    /// Flagged votes of a group that nobody has reviewed, as far as their evidence is there.
    ///
    /// - Parameter place: the last vote of the page before.
    package func waiting(ofRing ring: ObjectID, after place: ObjectID?, limit: Int) async throws -> [VoteRecord] {
        var filter: BSONDocument = ["ring": .objectID(ring), "flagged": true]
        if let place { filter.append("_id", ["$gt": .objectID(place)]) }
        let found = try await evidence.find(filter, sort: ["_id": 1], limit: limit, projection: ["_id": 1])
        return try await votes.byIDs(try found.map { .objectID(try $0.requireObjectID("_id")) })
            .sorted { $0.id < $1.id }
    }

    package func ring(_ id: ObjectID) async throws -> VoteRingRecord? { try await rings.byID(.objectID(id)) }

    private func withEvidence(_ votes: [VoteRecord]) async throws -> [Flagged] {
        guard !votes.isEmpty else { return [] }
        let found = try await evidence.find(["_id": ["$in": .array(votes.map { .objectID($0.id) })]])
        var byID: [ObjectID: VoteEvidenceRecord] = [:]
        for document in found {
            let record = try VoteEvidenceRecord(document)
            byID[record.id] = record
        }
        return votes.map { ($0, byID[$0.id]) }
    }

    /// Accounts that have voted from an address or a device, with their votes; of the newest `limit` votes from there.
    package func accounts(on kind: SharedUse.Kind, _ hash: String, limit: Int) async throws -> [UserID: Int] {
        let field = kind == .address ? "ipHash" : "deviceHash"
        let found = try await evidence.find(
            [field: .string(hash)], sort: ["createdAt": -1], limit: limit, projection: ["voterId": 1])
        var accounts: [UserID: Int] = [:]
        for document in found { accounts[try document.requireID("voterId"), default: 0] += 1 }
        return accounts
    }

    /// Groups that look like collusion, those first seen last first.
    package func rings(after place: TimePlace<Tags.VoteRing>?, limit: Int) async throws -> [VoteRingRecord] {
        var filter: BSONDocument = [:]
        filter.append(behind: place, time: "firstSeenAt")
        return try await rings.matching(filter, sort: ["firstSeenAt": -1, "_id": -1], limit: limit)
    }
}
