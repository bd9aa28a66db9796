import Domain
import HTTPServer
import JSON

/// A person's notifications, and the devices that they want to be reached on.
struct NotificationRoutes: RouteGroup {
    let notifications: MongoNotifications
    let devices: MongoDevices
    let now: @Sendable () -> Instant

    var routes: [Route] {
        [
            Route(
                .get, "/v1/notifications", operation: "listNotifications",
                summary: "One's notifications, the newest first.",
                access: .caller, query: QueryParameter.page,
                answers: [Answer(.ok, .page(of: NotificationRecord.schema, .required("unreadCount", .integer)))],
                errors: [.invalidCursor], handler: list),
            Route(
                .post, "/v1/notifications/read", operation: "readNotifications",
                summary: "Marks notifications as read.",
                access: .caller, body: ReadBody.self, answers: [Answer(.noContent)], handler: markRead),
            Route(
                .put, "/v1/devices/{id}", operation: "putDevice", summary: "Registers a device for push.",
                access: .caller,
                body: DeviceBody.self, answers: [Answer(.noContent)], errors: [.notFound], handler: putDevice),
            Route(
                .delete, "/v1/devices/{id}", operation: "deleteDevice", summary: "Takes a device out.", access: .caller,
                answers: [Answer(.noContent)], errors: [.notFound], handler: deleteDevice),
        ]
    }

    private func list(_ request: Request) async throws -> Response {
        let user = try request.requireCaller().userID
        let page = try request.page()
        let place = try page.cursor.map(TimePlace<Tags.Notification>.init)
        let found = try await notifications.page(
            of: user, before: place, limit: page.limit + 1)
        let unread = try await notifications.unread(of: user)
        let shown = Array(found.prefix(page.limit))
        let next = found.count > page.limit ? shown.last.map { TimePlace(time: $0.createdAt, id: $0.id) } : nil
        return .page(shown, nextCursor: next.map { Cursor.encode($0) }) { $0.field("unreadCount", unread) }
    }

    private func markRead(_ request: Request, _ body: ReadBody) async throws -> Response {
        try await notifications.markRead(body.ids, of: try request.requireCaller().userID, at: now())
        return .noContent
    }

    private func putDevice(_ request: Request, _ body: DeviceBody) async throws -> Response {
        let user = try request.requireCaller().userID
        try await devices.put(body.device, id: try request.deviceID(), of: user, at: now())
        return .noContent
    }

    private func deleteDevice(_ request: Request) async throws -> Response {
        try await devices.remove(try request.deviceID(), of: try request.requireCaller().userID)
        return .noContent
    }
}

extension Request {
    fileprivate func deviceID() throws(Problem) -> String {
        let id = parameters["id"]
        guard (1...128).contains(id.utf8.count), id.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
        else {
            throw Problem(.notFound)
        }
        return id
    }
}

struct ReadBody: RequestBody {
    static let schema = ObjectSchema([
        .optional("ids", .array(of: .objectID, min: 1, max: 100)), .optional("all", .boolean),
    ])

    /// nil for all.
    let ids: [NotificationID]?

    init(_ fields: ValidatedObject) throws {
        let ids = fields.optionalStrings("ids")?.compactMap(NotificationID.init(hex:))
        let all = fields.optionalBool("all") ?? false
        guard all != (ids != nil) else { throw ValidationFailure("", "must have either ids or all: true") }
        self.ids = ids
    }
}

struct DeviceBody: RequestBody {
    static let schema = ObjectSchema([
        .required("platform", .enumeration(Platform.allCases.map(\.rawValue))),
        .required("provider", .enumeration(["fcm", "apns", "webpush"])),
        .required("pushToken", .string(min: 1, max: 4096)),
        .required("appVersion", .string(max: 64)),
    ])

    let device: PushDevice

    init(_ fields: ValidatedObject) throws {
        guard let platform = Platform(rawValue: try fields.string("platform")) else {
            throw ValidationFailure("/platform", "is unknown")
        }
        device = PushDevice(
            platform: platform, provider: try fields.string("provider"), pushToken: try fields.string("pushToken"),
            appVersion: try fields.string("appVersion"))
    }
}
