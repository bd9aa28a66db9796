import BSON
import Domain
import Events
import Glibc
import MongoClient
import Records

/// The settlement worker's processor time for each gem, everything in its process: reading the stream, the driver,
/// hashing, the ledger's events. The servers' own is not in it.
///
/// Once with an event for each gem, and once with five, as when a quiet author's votes come in small batches.
struct SettlementBenchmark: Benchmark {
    static let name = "settlement"
    private static let authors = 2_000
    private static let rounds = 5

    func run(in workshop: Workshop) async throws -> [Finding] {
        let stores = try Stores(in: workshop)
        let environment = try ServiceUnderTest.environment(stores, port: workshop.freePort(), in: workshop)
        let gems = "\(workshop.binaries)/gems"
        let migration = try workshop.start(gems, ["migrate"], environment: environment)
        guard migration.waitForEnd() == 0 else { throw BenchmarkFailure("migrate fails:\n\(migration.output)") }
        let clients = try StoreClients(stores)
        let worker = try workshop.start(gems, ["serve", "--only", "worker:settlement"], environment: environment)
        var findings: [Finding] = []
        for (name, events, limit) in [("settlement", 1, 40.0), ("settlement, 5 events a gem", 5, nil)] {
            var figures: [Double] = []
            let course = Course(clients: clients, authors: (0..<Self.authors).map { _ in UserID.new() })
            for round in 0...Self.rounds {
                let used = try await course.run(gem: Int64(round), events: events, worker)
                if round > 0 { figures.append(used / Double(Self.authors)) }
            }
            findings.append(
                Finding(
                    name: name, figure: figures.median, unit: "µs of CPU a gem", peer: nil, ratio: nil,
                    spread: figures.spread, limit: limit))
        }
        return findings
    }
}

/// Authors who earn one gem each at a time.
private struct Course {
    let clients: StoreClients
    let authors: [UserID]

    private var ledger: MongoCollection { clients.mongo.collection(GemCollections.transactions.name) }

    /// - Returns: processor time of the worker, in microseconds, until the gem of every author is in the ledger.
    func run(gem: Int64, events: Int, _ worker: ChildProcess) async throws -> Double {
        let bus = EventBus(redis: clients.redis)
        let before = worker.processorNanoseconds
        for step in 1...events {
            let accepted = gem * 10 + 10 * Int64(step) / Int64(events)
            try await setVotes(accepted, version: gem * Int64(events) + Int64(step))
            for start in stride(from: 0, to: authors.count, by: 250) {
                try await bus.publish(
                    authors[start..<start + 250].map { author in
                        OutgoingEvent(
                            AuthorVoteTotalsChanged(
                                authorID: author, partition: 3, displayed: accepted, accepted: accepted,
                                lastAcceptedAt: Clock.now, version: accepted, at: Clock.now), at: Clock.now)
                    })
            }
        }
        let key = BSONValue.string("votes:\(gem + 1):0")
        let mine: BSONDocument = ["userId": ["$in": .array(authors.map { .id($0) })], "idempotencyKey": key]
        for _ in 0..<1_200 {
            usleep(50_000)
            if try await ledger.count(mine) == authors.count {
                usleep(300_000)  // what follows the entries: events, acknowledgements
                return Double(worker.processorNanoseconds - before) / 1_000
            }
        }
        throw BenchmarkFailure("gems are missing:\n\(worker.output.suffix(2000))")
    }

    private func setVotes(_ accepted: Int64, version: Int64) async throws {
        let now = BSONValue.instant(Clock.now)
        _ = try await clients.mongo.collection(VoteCollections.authorTotals.name).bulk(
            authors.map { author in
                .updateOne(
                    filter: ["_id": ["author": .id(author), "partition": 3]],
                    update: [
                        "$set": [
                            "partition": 3, "accepted": .int64(accepted), "displayed": .int64(accepted),
                            "version": .int64(version), "updatedAt": now, "lastAcceptedAt": now,
                        ]
                    ], upsert: true)
            }, ordered: false)
    }
}
