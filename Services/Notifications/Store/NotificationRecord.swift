import BSON
import Domain
import JSON
import Records

/// One document of `notifications`.
struct NotificationRecord: Equatable, Sendable {
    let id: NotificationID
    let recipient: UserID
    let kind: String
    let title: String
    let body: String
    let imageUrl: String?
    let actionType: String
    let actionPayload: [(String, String)]
    let read: Bool
    let aggregationCount: Int64
    let createdAt: Instant

    init(_ document: BSONDocument) throws {
        id = try document.requireID("_id")
        recipient = try document.requireID("userId")
        kind = try document.requireString("type")
        title = try document.requireString("title")
        body = try document.requireString("body")
        imageUrl = document.string("imageUrl")
        actionType = try document.requireString("actionType")
        actionPayload = try document.requireDocument("actionPayload").elements.compactMap { key, value in
            value.stringValue.map { (key, $0) }
        }
        read = try document.requireBool("read")
        aggregationCount = try document.requireInt64("aggregationCount")
        createdAt = try document.requireInstant("createdAt")
    }

    static func == (left: Self, right: Self) -> Bool {
        left.id == right.id && left.read == right.read && left.aggregationCount == right.aggregationCount
            && left.title == right.title
    }
}

extension NotificationRecord: JSONWritable {
    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("id", id.hex)
            $0.field("type", kind)
            $0.field("title", title)
            $0.field("body", body)
            $0.field("imageUrl", imageUrl)
            $0.field("actionType", actionType)
            $0.object("actionPayload") { payload in
                for (name, value) in actionPayload { payload.field(name, value) }
            }
            $0.field("read", read)
            $0.field("aggregationCount", aggregationCount)
            $0.field("createdAt", createdAt.iso8601)
        }
    }

    static let schema = Schema.named(
        "Notification",
        .object(
            .required("id", .objectID), .required("type", .enumeration(NotificationCollections.types)),
            .required("title", .string), .required("body", .string), .required("imageUrl", .nullable(.string)),
            .required("actionType", .enumeration(["open_post", "open_profile", "open_screen"])),
            .required("actionPayload", .map(of: .string, count: 8)), .required("read", .boolean),
            .required("aggregationCount", .integer), .required("createdAt", .dateTime)))
}
