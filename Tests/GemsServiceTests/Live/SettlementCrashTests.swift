import BSON
import Domain
import Events
import Foundation
import Ledger
import MongoClient
import Records
import RedisClient
import Runtime
import TestSupport
import Testing

@testable import GemsService

/// The settlement worker, a process of its own, killed with SIGKILL between the ledger's write and the acknowledgement:
/// 200 times in the full campaign.
///
/// Redis refuses acknowledgements for as long as the campaign lasts, so that whenever an entry is seen in the ledger its
/// event has not been acknowledged, however slow the kill.
@Suite(.serialized) struct SettlementCrashTests {
    private let authors = (0..<8).map { _ in UserID.new() }

    /// The time of change is before all times, so that the sweep passes over it and only the event pays.
    private func setVotes(_ accepted: Int64, of author: UserID, _ stores: TestStores) async throws {
        try await stores.mongo.collection(VoteCollections.authorTotals.name).update(
            ["_id": ["author": .id(author), "partition": 2]],
            [
                "$set": [
                    "partition": 2, "accepted": .int64(accepted), "displayed": .int64(accepted),
                    "updatedAt": .date(-1), "version": .int64(accepted),
                ]
            ], upsert: true)
    }

    private func tell(_ author: UserID, _ accepted: Int64, _ bus: EventBus) async throws {
        try await bus.publish(
            AuthorVoteTotalsChanged(
                authorID: author, partition: 2, displayed: accepted, accepted: accepted, version: accepted,
                at: .now()), at: .now())
    }

    private func worker(_ stores: TestStores) throws -> TestProcess {
        let process = TestProcess(
            "/usr/bin/setpriv",
            ["--pdeathsig", "KILL", try TestDocstore.executable("gems"), "serve", "--only", "worker:settlement"],
            environment: [
                "REDIS_URL": "redis://127.0.0.1:\(stores.redis.port)/0", "MONGODB_URL": stores.mongoURL,
                "CIRCLE_PROFILE": "local", "HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0", "ADMIN_PORT": "0",
                "EVENT_LOOPS": "1", "LOG_LEVEL": "error", "DRAIN_DELAY_SECONDS": "0",
            ])
        try process.run()
        return process
    }

    private func paid(_ author: UserID, _ ledger: Ledger) async throws -> Int64 {
        try await ledger.head(of: author).paidGems
    }

    @Test(.timeLimit(.minutes(20)))
    func `a worker killed between the entry and its acknowledgement pays each gem once`() async throws {
        let stores = try await TestStores.fresh()
        let redis = try stores.redis.client()
        let (bus, ledger) = (EventBus(redis: redis), Ledger(database: stores.mongo.database))
        _ = try await redis.send(["ACL", "SETUSER", "default", "-xack"])
        var votes = [UserID: Int64](uniqueKeysWithValues: authors.map { ($0, 0) })
        for round in 0..<Campaign.share(of: 200) {
            let author = authors[round % authors.count]
            let accepted = (votes[author] ?? 0) + Int64.random(in: 10...35)
            votes[author] = accepted
            let before = try await paid(author, ledger)
            try await setVotes(accepted, of: author, stores)
            let running = try worker(stores)
            try await tell(author, accepted, bus)
            // Now and then as soon as there is anything, mostly when all of it is there.
            let wanted = round % 4 == 0 ? before + 1 : accepted / 10
            try await eventually("the gems of round \(round)") {
                try await paid(author, ledger) >= wanted
            }
            Foundation.kill(running.processIdentifier, SIGKILL)
            running.waitUntilExit()
        }
        // Nothing was acknowledged; now everything is handed out again, to a worker that may.
        _ = try await redis.send(["ACL", "SETUSER", "default", "+xack"])
        let last = try worker(stores)
        try await eventually("nothing to be pending") {
            for stream in AuthorVoteTotalsChanged.topic.streams {
                let pending = try await redis.send(["XPENDING", .key(stream), "gems.settlement"])
                if let count = pending.array?.first?.integer, count > 0 { return false }
            }
            return true
        }
        last.terminate()
        last.waitUntilExit()
        for author in authors {
            let due = (votes[author] ?? 0) / 10
            let keys = try await ledger.entries(of: author, limit: 10_000).map(\.key)
            #expect(keys.reversed() == (0..<due).map { "votes:\($0 + 1):0" })
        }
        let report = try await VerifyBooks(
            database: stores.mongo.database, economy: .standard, now: .now(), options: .init(wantsSettled: true)
        ).run()
        #expect(report.isClean && report.pending == 0)
    }
}
