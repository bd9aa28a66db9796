import BSON
import Domain
import MongoClient
import Records
import Testing
import TestSupport

@testable import VotingService

@Suite struct RekeyTests {
    @Test func `votes of an earlier build get the ids they have now, and their evidence with them`() async throws {
        try await withDatabase { mongo in
            _ = try await Migrator(mongo.database).migrate(VoteCollections.all)
            let (votes, evidence) = (mongo.collection("votes"), mongo.collection("vote_evidence"))
            // As such a build declared it.
            _ = try await mongo.database.run([
                "createIndexes": "votes",
                "indexes": [["key": ["postId": 1, "voterId": 1], "name": "postId_1_voterId_1", "unique": true]],
            ])
            let now = Instant.now()
            var expected: [VoteRecord] = []
            for number in 0..<250 {
                var vote = VoteRecord(
                    id: ObjectID(), postID: .new(), voterID: .new(), authorID: .new(), category: .art, state: .counted,
                    version: "\(number)-1", createdAt: now)
                try await votes.insert(vote.document)
                try await evidence.insert([
                    "_id": .objectID(vote.id), "postId": .id(vote.postID), "voterId": .id(vote.voterID),
                    "authorId": .id(vote.authorID), "createdAt": .instant(now), "fraudScore": 0.25, "flagged": false,
                ])
                vote.id = VoteRecord.id(vote.postID, vote.voterID)
                expected.append(vote)
            }
            #expect(try await RekeyVotes(mongo).run() == 250)
            #expect(try await RekeyVotes(mongo).run() == 0)
            let found = try await votes.find([:]).map { try VoteRecord($0) }
            #expect(found.sorted { $0.id < $1.id } == expected.sorted { $0.id < $1.id })
            let proofs = try await evidence.find([:])
            #expect(Set(proofs.compactMap { $0.objectID("_id") }) == Set(expected.map(\.id)))
            for proof in proofs {
                let (post, voter): (PostID, UserID) = (try proof.requireID("postId"), try proof.requireID("voterId"))
                #expect(proof.objectID("_id") == VoteRecord.id(post, voter))
            }
        }
    }
}
