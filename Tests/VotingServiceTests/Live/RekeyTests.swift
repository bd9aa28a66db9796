import BSON
import Domain
import MongoClient
import Records
import Testing
import TestSupport

@testable import VotingService

@Suite(.timeLimit(.minutes(5))) struct RekeyTests {
    /// Votes and evidence with ids of their own, as an earlier build left them.
    /// - Returns: the votes as they are to become.
    private func prepare(_ mongo: MongoClient) async throws -> [VoteRecord] {
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
        return expected
    }

    private func expectMoved(_ expected: [VoteRecord], in mongo: MongoClient) async throws {
        let found = try await mongo.collection("votes").find([:]).map { try VoteRecord($0) }
        #expect(found.sorted { $0.id < $1.id } == expected.sorted { $0.id < $1.id })
        let proofs = try await mongo.collection("vote_evidence").find([:])
        #expect(Set(proofs.compactMap { $0.objectID("_id") }) == Set(expected.map(\.id)))
        for proof in proofs {
            let (post, voter): (PostID, UserID) = (try proof.requireID("postId"), try proof.requireID("voterId"))
            #expect(proof.objectID("_id") == VoteRecord.id(post, voter))
        }
    }

    @Test func `votes of an earlier build get the ids they have now, and their evidence with them`() async throws {
        try await withDatabase { mongo in
            let expected = try await prepare(mongo)
            #expect(try await RekeyVotes(mongo).run() == 250)
            #expect(try await RekeyVotes(mongo).run() == 0)
            try await expectMoved(expected, in: mongo)
        }
    }

    @Test func `cut in the middle, every vote has its evidence, and the rest is done when it is run again`()
        async throws
    {
        let docstore = try await TestDocstore.start(options: ["--test-commands"])
        let admin = try MongoClient(url: docstore.url(database: "admin"))
        try await withDatabase(on: docstore) { mongo in
            let expected = try await prepare(mongo)
            // Of the second hundred the votes are written, and their evidence is not.
            _ = try await admin.database.run([
                "configureFailPoint": "failCommand", "mode": ["skip": 3],
                "data": ["failCommands": ["insert"], "errorCode": 8000],
            ])
            await #expect(throws: MongoError.self) { try await RekeyVotes(mongo).run() }
            _ = try await admin.database.run(["configureFailPoint": "failCommand", "mode": "off"])
            let votes = try await mongo.collection("votes").find([:]).map { try VoteRecord($0) }
            #expect(votes.count == 250)
            #expect(Set(votes.map(\.id)).intersection(expected.map(\.id)).count == 100)
            let proofs = try await mongo.collection("vote_evidence").find([:])
            #expect(Set(proofs.compactMap { $0.objectID("_id") }) == Set(votes.map(\.id)))
            #expect(try await RekeyVotes(mongo).run() == 150)
            try await expectMoved(expected, in: mongo)
        }
    }
}
