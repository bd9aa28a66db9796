package import BSON
import Domain

extension OutgoingEvent {
    /// How the event waits in the document whose change it tells of.
    package var document: BSONDocument {
        var document: BSONDocument = [
            "id": .objectID(id.objectID), "type": .string(type), "v": .int32(Int32(version)),
            "topic": .string(topic), "subject": .objectID(subject.objectID), "at": .date(occurredAt.milliseconds),
        ]
        if let traceparent { document.append("tp", .string(traceparent)) }
        document.append("data", .string(String(decoding: data, as: UTF8.self)))
        return document
    }

    /// The same as `document`, written out.
    package func write(to writer: inout BSONWriter) {
        writer.field("id", id.objectID)
        writer.field("type", type)
        writer.field("v", int32: Int32(version))
        writer.field("topic", topic)
        writer.field("subject", subject.objectID)
        writer.field("at", date: occurredAt.milliseconds)
        if let traceparent { writer.field("tp", traceparent) }
        writer.field("data", utf8: data)
    }

    init(_ document: BSONDocument) throws(BSONError) {
        self.init(
            id: EventID(try document.requireObjectID("id")), type: try document.requireString("type"),
            version: try document.requireInt("v"), topic: try document.requireString("topic"),
            subject: UserID(try document.requireObjectID("subject")),
            occurredAt: Instant(milliseconds: try document.requireDate("at")), traceparent: document.string("tp"),
            data: Array(try document.requireString("data").utf8))
    }
}

extension [OutgoingEvent] {
    /// Writes the `outbox` of a document.
    ///
    /// - Parameter untold: events that the stored document had.
    package func write(to writer: inout BSONWriter, after untold: [BSONValue] = []) {
        writer.array("outbox") { writer in
            for (index, event) in untold.enumerated() { writer.append(index: index, event) }
            for (index, event) in enumerated() { writer.element(untold.count + index) { event.write(to: &$0) } }
        }
    }

    /// The value of a new document's `outbox`.
    package var outbox: BSONValue { .array(map { .document($0.document) }) }

    /// What an update's `$push` takes: `update.append("$push", .document(events.outboxPush))`.
    package var outboxPush: BSONDocument { ["outbox": .document(["$each": outbox])] }
}
