import BSON
import Domain
import Ledger
import Records
import Testing

@testable import GemsService

struct SweeperTests {
    private func job(_ status: GenerationStatus, of user: UserID, _ gems: GemsFixture) async throws -> GenerationID {
        var job = GenerationRecord(
            id: .new(), userID: user, requestKey: "k", prompt: "a fox", model: "sketch", seed: 1, createdAt: gems.now)
        job.status = status
        try await gems.client.collection(GenerationCollections.jobs.name).insert(job.document)
        try await gems.ledger.hold(2, of: user, as: job.id.hex, reference: ("generation", job.id.hex))
        return job.id
    }

    @Test func `how a job ended decides how its hold ends, and one under way keeps it`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let user = UserID.new()
            try await gems.give(20, to: user)
            let ends: [(GenerationStatus, Ledger.Closing?)] = [
                (.queued, nil), (.processing, nil), (.completed, .captured), (.failed, .voided), (.cancelled, .voided),
            ]
            var jobs: [GenerationID] = []
            for end in ends { jobs.append(try await job(end.0, of: user, gems)) }
            for _ in 0..<2 {
                gems.advance(.minutes(15))
                try await gems.sweeper.pass()
                for (job, end) in zip(jobs, ends) {
                    let closing = try await gems.ledger.closing(of: job.hex, for: user)
                    #expect(closing == end.1, "\(end.0)")
                }
            }
            let head = try await gems.ledger.head(of: user)
            #expect(head.balance == 14 && head.held == 4 && head.spent == 2 && head.seq == 9)
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `an entitlement's row that a crash left out is written`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let user = UserID.new()
            try await gems.give(5, to: user)
            let entry = try await gems.purchase("model-sketch-plus", by: user, key: "a").entry
            let rows = gems.client.collection("entitlements")
            try await rows.delete(["userId": .id(user)])
            for _ in 0..<2 {
                try await gems.sweeper.pass()
                #expect(try await rows.find([:]).compactMap { $0.objectID("transactionId") } == [entry.id.objectID])
            }
        }
    }
}
