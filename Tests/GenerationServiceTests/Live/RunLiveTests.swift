import BSON
import Domain
import Events
import JSON
import Ledger
import Media
import Records
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import GenerationService

/// A provider that paints when it is told to.
private final class PatientProvider: ImageProvider {
    private let gate = Locked<[CheckedContinuation<Void, Never>]>([])

    var waiting: Int { gate.withLock { $0.count } }

    /// Lets the one that has waited for `place` others go on.
    func letGo(_ place: Int) {
        gate.withLock { $0.remove(at: place) }.resume()
    }

    func paint(
        _ job: GenerationRecord, progress: @escaping @Sendable (Double) -> Bool
    ) async throws(ProviderError) -> PixelImage {
        await withCheckedContinuation { continuation in gate.withLock { $0.append(continuation) } }
        guard progress(1),
            let image = PixelImage(width: 64, height: 64, rgba: Array(repeating: 120, count: 64 * 64 * 4))
        else {
            throw .stopped
        }
        return image
    }
}

@Suite(.timeLimit(.minutes(2)))
struct RunLiveTests {
    private func paint(_ parts: GenerationParts, with provider: any ImageProvider, worker: String) throws
        -> PaintGeneration
    {
        let log = parts.context.logger("test")
        return PaintGeneration(
            generations: parts.generations, models: parts.models, providers: Providers(["embedded": provider]),
            gallery: Gallery(
                workshop: try MediaWorkshop(), store: parts.store, publicURL: "http://gateway.test", log: log),
            settle: parts.settle, purse: parts.purse, quota: parts.quota,
            users: UserLookup(in: parts.context.mongo.database),
            progress: parts.progress, worker: worker, mostRuns: 6, log: log, clock: { .now() })
    }

    private func order(_ service: TestService, _ token: String) async throws -> String {
        let body: JSONValue = ["prompt": "a fox", "model": "sketch-plus"]
        let created = try await service.http.post("/v1/generations", body, token: token, key: "k")
        return try #require(created.json["id"]?.string)
    }

    @Test func `of two runs at once the later completes, and the earlier leaves nothing`() async throws {
        let studio = try await Studio.open()
        let (person, token) = try await studio.person("ann", gems: 5, unlocked: true)
        try await studio.run([.api]) { service in
            let parts = try GenerationParts(service.context)
            let id = try await order(service, token)
            let provider = PatientProvider()
            let job = Job(id: id, payload: [], attempt: 1, token: "t")
            let slow = try paint(parts, with: provider, worker: "slow"),
                quick = try paint(parts, with: provider, worker: "quick")
            async let first: Void = slow(job)
            try await eventually("the first run") { provider.waiting == 1 }
            async let second: Void = quick(job)
            try await eventually("the second run") { provider.waiting == 2 }
            provider.letGo(0)
            try await first
            #expect(try await studio.job(id)?.status == .processing)
            provider.letGo(0)
            try await second
            let done = try #require(try await studio.job(id))
            #expect(done.status == .completed && done.workerID == "quick" && done.attempts == 2)
            #expect(done.output?.imageKey.contains("/2-") == true && done.holdClosed)
            #expect(try await studio.balance(person) == 4)
            let answer = try await service.http.get("/v1/generations/\(id)", token: token).json
            #expect(try await service.http.get(Studio.local(answer["imageUrl"]?.string ?? "")).status == 200)
        }
    }

    @Test func `a picture cancelled while it is painted is not charged`() async throws {
        let studio = try await Studio.open()
        let (person, token) = try await studio.person("ann", gems: 5, unlocked: true)
        try await studio.run([.api]) { service in
            let parts = try GenerationParts(service.context)
            let id = try await order(service, token)
            let provider = PatientProvider()
            let handler = try paint(parts, with: provider, worker: "w")
            async let run: Void = handler(Job(id: id, payload: [], attempt: 1, token: "t"))
            try await eventually("the run") { provider.waiting == 1 }
            #expect(try await service.http.send("DELETE", "/v1/generations/\(id)", token: token).status == 204)
            provider.letGo(0)
            try await run
            #expect(try await studio.job(id)?.status == .cancelled)
            #expect(try await studio.balance(person) == 5)
        }
    }

    @Test func `the sweeper finishes what a crash left`() async throws {
        let studio = try await Studio.open()
        let (person, token) = try await studio.person("ann", gems: 5, unlocked: true)
        try await studio.run([.api]) { service in
            let parts = try GenerationParts(service.context)
            let jobs = parts.generations.collection
            let sweep = parts.sweeper(patience: .zero)
            let id = try await order(service, token)
            let filter: BSONDocument = ["_id": .objectID(GenerationID(hex: id)!.objectID)]

            // Redis lost the queue.
            _ = try await service.context.redis.send(["FLUSHALL"])
            #expect(try await parts.queue.depth().waiting == 0)
            try await sweep.pass()
            #expect(try await parts.queue.depth().waiting == 1)

            // The queue gave the job up.
            let leased = try #require(try await parts.queue.reserve().first)
            try await parts.queue.abandon(leased, reason: "test")
            try await sweep.pass()
            #expect(try await studio.job(id)?.status == .failed)
            #expect(try await studio.job(id)?.quotaDay == nil)
            #expect(try await studio.balance(person) == 5)

            // A hold was left open behind an end.
            let other = try await service.http.post(
                "/v1/generations", ["prompt": "an owl", "model": "sketch-plus"], token: token, key: "other")
            let otherID = try #require(other.json["id"]?.string)
            #expect(try await studio.balance(person) == 4)
            try await jobs.update(
                ["_id": .objectID(GenerationID(hex: otherID)!.objectID)],
                ["$set": ["status": "completed", "completedAt": .instant(.now())]])
            try await sweep.pass()
            #expect(try await studio.job(otherID)?.holdClosed == true)
            #expect(try await studio.ledger.closing(of: otherID, for: person.id) == .captured)
            #expect(try await jobs.count(filter) == 1)
        }
    }
}
