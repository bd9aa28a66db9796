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
    /// The value of a new document's `outbox`.
    package var outbox: BSONValue { .array(map { .document($0.document) }) }

    /// What an update's `$push` takes: `update.append("$push", .document(events.outboxPush))`.
    package var outboxPush: BSONDocument { ["outbox": .document(["$each": outbox])] }
}
