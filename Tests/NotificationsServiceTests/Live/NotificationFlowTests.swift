import Domain
import Events
import JSON
import Records
import TestSupport
import Testing

@testable import NotificationsService

private let variables = ["MEDIA_SIGNING_SECRET": "a signing secret for tests, long enough"]

@Suite struct NotificationFlowTests {
    private func followed(_ user: UserID, by follower: UserID) -> UserFollowed {
        UserFollowed(
            followerID: follower, followedID: user,
            follower: PersonSnapshot(username: "bob", displayName: "Bob", tier: .free), at: .now())
    }

    @Test func `an event told twice is one notification, read when its owner says so`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let ann = try await people.add("ann")
        let token = try people.token(for: ann)
        try await withService(NotificationsService.definition, on: stores, variables: variables) { service in
            let bus = EventBus(redis: service.context.redis)
            let event = followed(ann.id, by: .new())
            for _ in 0..<3 { try await bus.publish(event, at: .now()) }
            try await bus.publish(followed(ann.id, by: .new()), at: .now())
            try await eventually("two notifications") {
                try await service.http.get("/v1/notifications", token: token).json["unreadCount"]?.int64 == 2
            }
            let page = try await service.http.get("/v1/notifications?limit=1", token: token)
            let first = try #require(page.json["items"]?[0])
            #expect(NotificationRecord.schema.validate(first).isEmpty)
            let next = try #require(page.json["nextCursor"]?.string)
            let rest = try await service.http.get("/v1/notifications?limit=1&cursor=\(next)", token: token)
            #expect(rest.json["items"]?[0]?["id"] != first["id"])
            #expect(rest.json["nextCursor"]?.isNull == true)

            let one = JSONValue.object(JSONObject([("ids", .array([first["id"]!]))]))
            #expect(try await service.http.post("/v1/notifications/read", one, token: token).status == 204)
            #expect(try await service.http.get("/v1/notifications", token: token).json["unreadCount"]?.int64 == 1)
            let all = JSONValue.object(JSONObject([("all", true)]))
            #expect(try await service.http.post("/v1/notifications/read", all, token: token).status == 204)
            #expect(try await service.http.get("/v1/notifications", token: token).json["unreadCount"]?.int64 == 0)
            let neither = JSONValue.object(JSONObject([]))
            #expect(
                try await service.http.post("/v1/notifications/read", neither, token: token).code == "validation-failed"
            )
        }
    }

    @Test func `a mailbox hands out what came after a frame, and says when it does not reach back`() async throws {
        let redis = try await TestRedis.shared()
        let mailboxes = Mailboxes(redis: try redis.client(), now: { .now() })
        let user = UserID.new()
        for number in 0..<3 { try await mailboxes.post("notification", JSONValue.int(Int64(number)), to: user) }
        let all = try await redis.client().xrange(.mailbox(user), count: 10)
        let missed = try await mailboxes.frames(after: all[0].id, of: user)
        #expect(missed?.map { String(decoding: $0.data, as: UTF8.self) } == ["1", "2"])
        #expect(try await mailboxes.frames(after: all[0].id.predecessor, of: user) == nil)
    }

    @Test func `a ticket works once`() async throws {
        let tickets = Tickets(redis: try await TestRedis.shared().client())
        let ticket = try await tickets.issue(for: "token")
        #expect(try await tickets.redeem(ticket) == "token")
        #expect(try await tickets.redeem(ticket) == nil)
        #expect(try await tickets.redeem("made up") == nil)
    }

    @Test func `devices are put and taken out`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let token = try people.token(for: try await people.add("ann"))
        let body = try JSONParser.parse(#"{"platform":"ios","provider":"apns","pushToken":"t","appVersion":"1.0"}"#)
        try await withService(NotificationsService.definition, on: stores, roles: [.api], variables: variables) {
            (service: TestService) async throws in
            for _ in 0..<2 {
                #expect(try await service.http.send("PUT", "/v1/devices/d1", body, token: token).status == 204)
            }
            #expect(try await stores.mongo.collection(NotificationCollections.devices.name).count() == 1)
            #expect(try await service.http.send("DELETE", "/v1/devices/d1", token: token).status == 204)
            #expect(try await stores.mongo.collection(NotificationCollections.devices.name).count() == 0)
        }
    }
}
