package import BSON
import Domain
import Lifecycle
package import MongoClient
import RedisClient
import Telemetry

/// Events that follow from a write to one collection, and cannot get lost between the write and the stream.
///
/// They are stored in the document by the write itself (`[OutgoingEvent].outbox`, `.outboxPush`), published right after
/// it by `deliver`, and by `relay` if that did not happen. Either may publish an event twice, never zero times.
package struct Outbox: Sendable {
    package let collection: MongoCollection
    private let bus: EventBus
    private let log = Logger(label: "outbox")

    package init(collection: MongoCollection, bus: EventBus) {
        self.collection = collection
        self.bus = bus
    }

    /// Publishes what a write has just stored, and clears it there. Never fails: the relay does what this could not.
    ///
    /// - Parameter filter: finds the document, by its `_id` and shard key.
    package func deliver(_ events: [OutgoingEvent], of filter: BSONDocument) async {
        await deliver([(filter, events)])
    }

    package func deliver(_ documents: [(filter: BSONDocument, events: [OutgoingEvent])]) async {
        do {
            try await publish(documents)
        } catch {
            log.warning("events wait for the relay", ["collection": collection.name, "error": "\(error)"])
        }
    }

    /// The worker that publishes what was left behind.
    package var relay: OutboxRelay { OutboxRelay(outbox: self) }

    func publish(_ documents: [(filter: BSONDocument, events: [OutgoingEvent])]) async throws {
        let events = documents.flatMap(\.events)
        guard !events.isEmpty else { return }
        try await bus.publish(events)
        let result = try await collection.bulk(Self.clearing(documents), ordered: false)
        if let refusal = result.refusals.first { throw refusal.error }
    }
}

extension Outbox {
    /// How many documents one operation clears: each looks for the ids of all of them.
    private static let documentsPerOperation = 64

    /// Takes published events out of their documents; those that are found by the same fields together, since a batch of
    /// votes leaves hundreds. An `_id` among the fields makes sure that no other document is found.
    fileprivate static func clearing(
        _ documents: [(filter: BSONDocument, events: [OutgoingEvent])]
    ) -> EncodedWrites {
        let told = documents.filter { !$0.events.isEmpty }
        let keys = told.first?.filter.keys ?? []
        var writes = EncodedWrites()
        guard keys.contains("_id"), told.allSatisfy({ $0.filter.hasKeys(keys) }) else {
            for document in told {
                writes.updateOne(
                    { writer in document.filter.forEach { writer.append($0.key, $0.value) } },
                    { pull(document.events[...], from: &$0) })
            }
            return writes
        }
        for start in stride(from: 0, to: told.count, by: documentsPerOperation) {
            let some = told[start..<min(told.count, start + documentsPerOperation)]
            writes.updateMany(
                { writer in
                    for (place, key) in keys.enumerated() {
                        let field = writer.beginDocument(key)
                        writer.array("$in") { writer in
                            for (index, document) in some.enumerated() {
                                writer.append(index: index, document.filter[place].value)
                            }
                        }
                        writer.endDocument(field)
                    }
                },
                { writer in pull(some.flatMap(\.events)[...], from: &writer) })
        }
        return writes
    }

    private static func pull(_ events: ArraySlice<OutgoingEvent>, from writer: inout BSONWriter) {
        writer.document("$pull") { writer in
            writer.document("outbox") { writer in
                writer.document("id") { writer in
                    writer.array("$in") { writer in
                        for (index, event) in events.enumerated() { writer.element(index, event.id.objectID) }
                    }
                }
            }
        }
    }
}

extension BSONDocument {
    fileprivate func hasKeys(_ names: [String]) -> Bool {
        count == names.count && indices.allSatisfy { self[$0].key == names[$0] }
    }
}

/// Publishes the events that an interrupted process left in its documents. Any number may run.
package struct OutboxRelay: Service {
    let outbox: Outbox
    /// Younger ones are about to be published by whoever wrote them.
    private let patience = Duration.seconds(1)
    private let log = Logger(label: "outbox")

    package func run() async throws {
        // Hardly ever is anything left behind: who finds nothing looks less often, up to every two seconds.
        var idle = Duration.milliseconds(250)
        while !Stopping.isAsked {
            var relayed = 0
            do {
                relayed = try await pass()
            } catch {
                log.warning("relaying failed", ["collection": outbox.collection.name, "error": "\(error)"])
            }
            idle = relayed == 0 ? min(idle * 2, .seconds(2)) : .milliseconds(10)
            await Stopping.pause(idle)
        }
    }

    /// One look at the collection; returns how many events were published.
    @discardableResult
    package func pass() async throws -> Int {
        let latest = WallClock.milliseconds() - patience.milliseconds
        let found = try await outbox.collection.find(
            ["outbox.id": ["$exists": true], "outbox.at": ["$lte": .date(latest)]], limit: 200,
            projection: ["outbox": 1])
        var documents: [(filter: BSONDocument, events: [OutgoingEvent])] = []
        for document in found {
            guard let id = document["_id"] else { continue }
            let events = (document.array("outbox") ?? []).compactMap { event($0, of: id) }
            if !events.isEmpty { documents.append((["_id": id], events)) }
        }
        try await outbox.publish(documents)
        let count = documents.reduce(0) { $0 + $1.events.count }
        EventMetrics.relayed.with(outbox.collection.name).increment(by: count)
        return count
    }

    /// - Returns: nil for what cannot be read: it stays, and the others do not wait for it.
    private func event(_ value: BSONValue, of document: BSONValue) -> OutgoingEvent? {
        guard let entry = value.documentValue else { return nil }
        do throws(BSONError) {
            return try OutgoingEvent(entry)
        } catch {
            log.error(
                "an event that waits cannot be read",
                ["collection": outbox.collection.name, "document": "\(document)", "error": "\(error)"])
            return nil
        }
    }
}
