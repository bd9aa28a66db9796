import BSON
import Domain
import HTTPServer
import JSON
import MongoClient
import Records

/// The hot buffer of events.
struct MongoEvents: Sendable {
    let events: MongoCollection

    func store(_ reported: [ReportedEvent], of caller: Caller?, at receivedAt: Instant) async throws {
        let documents = reported.map { event in
            var document: BSONDocument = [
                "_id": .objectID(ObjectID()), "event": .string(event.name),
                "properties": .document(BSONDocument(event.properties)), "timestamp": .instant(event.timestamp),
                "receivedAt": .instant(receivedAt),
            ]
            if let caller {
                document.append("userId", .id(caller.userID))
                document.append("sessionId", .id(caller.sessionID))
                document.append("deviceId", .string(caller.deviceID))
            }
            if event.viewedPost != nil { document.append("uncounted", true) }
            return document
        }
        try await events.insertMany(documents, ordered: false)
    }
}

extension BSONDocument {
    /// JSON as it came: whole numbers as int64, the others as doubles.
    init(_ object: JSONObject) {
        self.init(elements: object.members.map { (key: $0.key, value: BSONValue($0.value)) })
    }
}

extension BSONValue {
    init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int64(value)
        case .double(let value): self = .double(value)
        case .string(let value): self = .string(value)
        case .array(let values): self = .array(values.map { BSONValue($0) })
        case .object(let object): self = .document(BSONDocument(object))
        }
    }
}
