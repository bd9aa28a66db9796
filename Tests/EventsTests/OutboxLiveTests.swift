import BSON
import Domain
import MongoClient
import RedisClient
import Runtime
import Telemetry
import TestSupport
import Testing

@testable import Events

/// What a write tells the others is published once the write stands, and does not get lost between the two.
@Suite struct OutboxLiveTests {
    private struct Shelf {
        let redis: TestRedis
        let client: RedisClient
        let collection: MongoCollection
        let outbox: Outbox

        func insert(_ id: Int32, _ events: [OutgoingEvent]) async throws {
            try await collection.insert(["_id": .int32(id), "outbox": events.outbox])
        }

        /// The ids of the events that wait in a document.
        func waiting(in id: Int32) async throws -> [EventID] {
            let document = try await collection.findByID(.int32(id))
            return try (document?.array("outbox") ?? []).map { value in
                EventID(try #require(value.documentValue).requireObjectID("id"))
            }
        }

        func published() async throws -> [RedisStreamEntry] {
            var entries: [RedisStreamEntry] = []
            for stream in Topic.notifications.streams { entries += try await client.xrange(stream, count: 1000) }
            return entries
        }

        func publishedIDs() async throws -> [EventID] { try await published().compactMap { EventHead($0)?.id } }
    }

    private func withShelf(_ body: (Shelf) async throws -> Void) async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        try await withDatabase { mongo in
            let collection = mongo.collection("shelf")
            let outbox = Outbox(collection: collection, bus: EventBus(redis: client))
            try await body(Shelf(redis: redis, client: client, collection: collection, outbox: outbox))
        }
        await client.close()
    }

    private func event(
        _ kind: String, of person: UserID = .new(), at age: Duration = .minutes(1), trace: TraceContext? = nil
    ) -> OutgoingEvent {
        let at = Instant(milliseconds: WallClock.milliseconds()) - age
        return OutgoingEvent(
            NotificationSent(notificationID: .new(), userID: person, kind: kind, channel: "inbox", sentAt: at), at: at,
            trace: trace)
    }

    @Test func `what is told leaves its document, and what was written meanwhile stays`() async throws {
        try await withShelf { (shelf: Shelf) async throws in
            let person = UserID.new()
            let events = ["one", "two", "later"].map { event($0, of: person) }
            try await shelf.insert(1, events)
            await shelf.outbox.deliver(Array(events.prefix(2)), of: ["_id": 1])
            #expect(try await shelf.publishedIDs() == events.prefix(2).map(\.id))
            #expect(try await shelf.waiting(in: 1) == [events[2].id])
        }
    }

    @Test func `of many documents each loses the events that were told, and keeps the others`() async throws {
        try await withShelf { (shelf: Shelf) async throws in
            let documents = (0..<130 as Range<Int32>).map { (id: $0, told: event("told"), later: event("later")) }
            for document in documents { try await shelf.insert(document.id, [document.told, document.later]) }
            await shelf.outbox.deliver(documents.map { (["_id": .int32($0.id)], [$0.told]) })
            #expect(Set(try await shelf.publishedIDs()) == Set(documents.map(\.told.id)))
            for document in documents {
                #expect(try await shelf.waiting(in: document.id) == [document.later.id])
            }
        }
    }

    @Test func `while Redis is away events wait, and the relay publishes them as they were`() async throws {
        try await withShelf { (shelf: Shelf) async throws in
            let trace = TraceContext.generate()
            let person = UserID.new()
            let events = ["one", "two"].map { event($0, of: person, trace: trace) }
            try await shelf.insert(1, events)
            try await shelf.redis.kill()
            await shelf.outbox.deliver(events, of: ["_id": 1])
            await #expect(throws: (any Error).self) { try await shelf.outbox.relay.pass() }
            #expect(try await shelf.waiting(in: 1) == events.map(\.id))
            try await shelf.redis.restart()
            let relayed = try await eventually("the relay") { try? await shelf.outbox.relay.pass() }
            #expect(relayed == 2)
            #expect(try await shelf.waiting(in: 1).isEmpty)
            // Each loop's connection comes back for itself.
            let heads = try await eventually("the entries") { try? await shelf.published() }.compactMap {
                EventHead($0)
            }
            #expect(heads.map(\.id) == events.map(\.id))
            #expect(heads.map(\.occurredAt) == events.map(\.occurredAt))
            #expect(heads.map { Array($0.data) } == events.map(\.data))
            #expect(heads.allSatisfy { $0.trace?.traceID == trace.traceID })
            #expect(try await shelf.outbox.relay.pass() == 0)
        }
    }

    @Test func `what a stream refuses to take goes on waiting`() async throws {
        try await withShelf { (shelf: Shelf) async throws in
            let refused = event("refused")
            try await shelf.client.send(["SET", .key(Topic.notifications.stream(of: refused.subject)), "no stream"])
            try await shelf.insert(1, [refused])
            await shelf.outbox.deliver([refused], of: ["_id": 1])
            #expect(try await shelf.waiting(in: 1) == [refused.id])
        }
    }

    @Test func `an event that cannot be read stays, and holds up no other`() async throws {
        try await withShelf { (shelf: Shelf) async throws in
            let (unreadable, beside, later) = (event("lost"), event("beside"), event("later"))
            let broken = BSONDocument(elements: unreadable.document.filter { $0.key != "data" })
            try await shelf.collection.insert([
                "_id": 1, "outbox": [.document(broken), .document(beside.document)],
            ])
            try await shelf.insert(2, [later])
            #expect(try await shelf.outbox.relay.pass() == 2)
            #expect(Set(try await shelf.publishedIDs()) == [beside.id, later.id])
            #expect(try await shelf.waiting(in: 1) == [unreadable.id])
            #expect(try await shelf.outbox.relay.pass() == 0)
        }
    }

    @Test func `the outboxes of several collections are relayed side by side`() async throws {
        try await withShelf { (shelf: Shelf) async throws in
            let other = shelf.collection.database.collection("other shelf")
            let events = ["one", "two"].map { event($0) }
            try await shelf.insert(1, [events[0]])
            try await other.insert(["_id": 1, "outbox": [events[1]].outbox])
            let relays = [shelf.outbox, Outbox(collection: other, bus: EventBus(redis: shelf.client))].relays
            let loop = try TestLoops.shared().loops[0]
            let worker = Task { try await loop.run { try await relays.run() } }
            defer { worker.cancel() }
            try await eventually("both") { Set(try await shelf.publishedIDs()) == Set(events.map(\.id)) }
            try await eventually("empty outboxes") {
                guard try await shelf.waiting(in: 1).isEmpty else { return false }
                return try await other.findByID(1)?.array("outbox")?.isEmpty == true
            }
        }
    }

    @Test func `the relay leaves to its writer what is of this moment`() async throws {
        try await withShelf { (shelf: Shelf) async throws in
            // An hour ahead, so that no slow machine makes it old.
            let young = event("young", at: .zero - .hours(1))
            try await shelf.insert(1, [young])
            #expect(try await shelf.outbox.relay.pass() == 0)
            #expect(try await shelf.waiting(in: 1) == [young.id])
        }
    }
}
