import BSON
import Domain
import MongoClient
import Records
import Telemetry

/// `voting rekey`: gives votes of builds that derived their `_id` in another way, and their evidence, the one they have now.
///
/// A few pairs a transaction; cut anywhere, it goes on where it was when it is run again. Nobody may persist votes meanwhile.
struct RekeyVotes: Sendable {
    private static let pairsPerTransaction = 100

    let votes: MongoCollection
    let evidence: MongoCollection
    private let log = Logger(label: "voting.rekey")

    init(_ mongo: MongoClient) {
        votes = mongo.collection(VoteCollections.votes.name)
        evidence = mongo.collection(VoteCollections.evidence.name)
    }

    /// - Returns: how many votes have another `_id` than before.
    @discardableResult
    func run() async throws -> Int {
        var count = 0
        try await votes.forEachBatch(batchSize: Self.pairsPerTransaction) { documents in
            var moved: [(from: ObjectID, to: VoteRecord)] = []
            for document in documents {
                var vote = try VoteRecord(document)
                let (from, to) = (vote.id, VoteRecord.id(vote.postID, vote.voterID))
                vote.id = to
                if from != to { moved.append((from, vote)) }
            }
            try await move(moved)
            count += moved.count
        }
        log.info("votes have their ids", ["changed": "\(count)"])
        return count
    }

    private func move(_ moved: [(from: ObjectID, to: VoteRecord)]) async throws {
        guard !moved.isEmpty else { return }
        let old: BSONDocument = ["_id": ["$in": .array(moved.map { .objectID($0.from) })]]
        let names = Dictionary(uniqueKeysWithValues: moved.map { ($0.from, $0.to.id) })
        try await votes.client.withTransaction { session in
            // Removed first, for the sake of an index that says that a pair is there once.
            var changes = [WriteOperation.deleteMany(old)]
            for (_, vote) in moved { changes.append(.insert(vote.document)) }
            _ = try await votes.bulk(changes, in: session)
            var proofs = [WriteOperation.deleteMany(old)]
            for var proof in try await evidence.find(old, in: session) {
                guard let id = names[try proof.requireObjectID("_id")] else { continue }
                proof["_id"] = .objectID(id)
                proofs.append(.insert(proof))
            }
            _ = try await evidence.bulk(proofs, in: session)
        }
    }
}
