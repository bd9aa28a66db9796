import Domain
import HTTPServer
import JSON
import ServiceKit

/// `POST /v1/events`: what clients saw and did.
struct EventRoutes: RouteGroup {
    let events: MongoEvents
    let now: @Sendable () -> Instant

    var routes: [Route] {
        [
            Route(
                .post, "/v1/events", operation: "reportEvents",
                summary: "Reports what happened in a client, up to 100 events at once.", access: .optionalCaller,
                body: EventsBody.self, answers: [Answer(.accepted)], handler: report)
        ]
    }

    private func report(_ request: Request, _ body: EventsBody) async throws -> Response {
        try await events.store(body.events, of: request.caller, at: now())
        return Response(.accepted)
    }
}

/// One event as a client reports it.
struct ReportedEvent: Equatable, Sendable {
    static let postViewed = "post_viewed"

    let name: String
    let properties: JSONObject
    let timestamp: Instant

    /// The post that was looked at; nil for any other event.
    var viewedPost: PostID? {
        name == Self.postViewed ? properties["postId"]?.string.flatMap(PostID.init(hex:)) : nil
    }
}

struct EventsBody: RequestBody {
    private static let name = StringFormat("event-name", pattern: "^[a-z][a-z0-9_.]*$") { text in
        text.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } == true
            && text.utf8.allSatisfy {
                ($0 | 0x20) &- 0x61 < 26 && $0 >= 0x61 || $0 &- 0x30 < 10 || $0 == 0x5F || $0 == 0x2E
            }
    }

    static let schema = ObjectSchema([
        .required(
            "events",
            .array(
                of: .object(
                    .required("event", .string(min: 1, max: 64, format: name)),
                    .optional("properties", .map(of: .any, count: 50)), .required("timestamp", .dateTime)),
                min: 1, max: 100))
    ])

    let events: [ReportedEvent]

    init(_ fields: ValidatedObject) throws {
        events = try fields.objects("events").enumerated().map { index, event in
            guard let timestamp = Instant(iso8601: try event.string("timestamp")) else {
                throw ValidationFailure("/events/\(index)/timestamp", "must be an RFC 3339 date-time")
            }
            let properties = event["properties"]?.object ?? JSONObject()
            let reported = ReportedEvent(name: try event.string("event"), properties: properties, timestamp: timestamp)
            guard reported.name != ReportedEvent.postViewed || reported.viewedPost != nil else {
                throw ValidationFailure("/events/\(index)/properties/postId", "must be the id of the post")
            }
            return reported
        }
    }
}
