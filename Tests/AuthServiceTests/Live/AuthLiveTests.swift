import Domain
import Events
import JSON
import RedisClient
import Security
import ServiceKit
import TestSupport
import Testing

@testable import AuthService

/// One auth on real stores for each test.
@Suite(.serialized, .timeLimit(.minutes(2))) struct AuthLiveTests {
    private func withAuth(
        variables: [String: String] = [:], _ body: (TestService, TestStores) async throws -> Void
    ) async throws {
        let stores = try await TestStores.fresh()
        try await withService(AuthService.definition, on: stores, variables: variables) { try await body($0, stores) }
    }

    private func newcomer(_ name: String, _ more: [(String, JSONValue)] = []) -> JSONValue {
        .object(
            JSONObject(
                [
                    ("username", .string(name)), ("email", .string("\(name)@example.org")),
                    ("password", "correct horse"), ("device", ["id": "phone", "platform": "ios"]),
                ] + more))
    }

    private func login(_ login: String, _ password: String = "correct horse") -> JSONValue {
        ["login": .string(login), "password": .string(password), "device": ["id": "laptop", "platform": "web"]]
    }

    private func register(_ auth: TestService, _ name: String) async throws -> (
        access: String, refresh: String, id: String
    ) {
        let answer = try await auth.http.post("/v1/auth/register", newcomer(name))
        #expect(answer.status == 201, "\(answer.text)")
        let tokens = answer.json["tokens"]
        return (
            try #require(tokens?["accessToken"]?.string), try #require(tokens?["refreshToken"]?.string),
            try #require(answer.json["user"]?["id"]?.string)
        )
    }

    @Test func `registration gives a person with all fields, and tokens that work`() async throws {
        try await withAuth { auth, _ in
            let answer = try await auth.http.post(
                "/v1/auth/register", newcomer("ann", [("timeZone", "Europe/Berlin"), ("locale", "de")]))
            #expect(answer.status == 201)
            let user = answer.json["user"]
            #expect(user?["username"]?.string == "ann")
            #expect(user?["displayName"]?.string == "ann")
            #expect(user?["email"]?.string == "ann@example.org")
            #expect(user?["emailVerified"]?.bool == false)
            #expect(user?["timeZone"]?.string == "Europe/Berlin")
            #expect(user?["gemBalance"]?.int64 == 0)
            #expect(user?["referralCode"]?.string?.utf8.count == 8)
            #expect(user?["avatarUrl"]?.isNull == true)
            let me = try await auth.http.get("/v1/users/me", token: answer.json["tokens"]?["accessToken"]?.string)
            #expect(me.status == 200)
            #expect(me.json == user)
        }
    }

    @Test func `a name or an address belongs to one person, whatever its case`() async throws {
        try await withAuth { auth, _ in
            _ = try await register(auth, "Ann")
            let sameName = try await auth.http.post("/v1/auth/register", newcomer("aNN"))
            #expect(sameName.status == 409)
            #expect(sameName.code == "username-taken")
            var other = newcomer("bob").object
            other?["email"] = "ANN@EXAMPLE.ORG"
            let sameAddress = try await auth.http.post("/v1/auth/register", other.map { .object($0) })
            #expect(sameAddress.status == 409)
            #expect(sameAddress.code == "email-taken")
            #expect(try await auth.http.get("/v1/users/bob").status == 404)
        }
    }

    @Test func `of many who want one name at once, one gets it`() async throws {
        try await withAuth { auth, _ in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<8 {
                    var body = newcomer("wanted").object
                    body?["email"] = .string("w\(number)@example.org")
                    let request = body.map { JSONValue.object($0) }
                    group.addTask { try await auth.http.post("/v1/auth/register", request).status }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 201 }.count == 1)
            #expect(statuses.filter { $0 == 409 }.count == 7)
        }
    }

    @Test func `what does not fit is refused with pointers`() async throws {
        try await withAuth { auth, _ in
            let answer = try await auth.http.post(
                "/v1/auth/register",
                ["username": "a b", "password": "short", "device": ["id": "x", "platform": "toaster"], "surprise": 1])
            #expect(answer.status == 422)
            #expect(answer.code == "validation-failed")
            let pointers = Set(answer.json["errors"]?.array?.compactMap { $0["pointer"]?.string } ?? [])
            #expect(pointers == ["/username", "/password", "/email", "/device/platform", "/surprise"])
        }
    }

    @Test func `log-in works by name and by address, and refuses alike who is known and who is not`() async throws {
        try await withAuth { auth, _ in
            _ = try await register(auth, "ann")
            #expect(try await auth.http.post("/v1/auth/login", login("ANN")).status == 200)
            #expect(try await auth.http.post("/v1/auth/login", login("ann@example.org")).status == 200)
            for body in [login("ann", "wrong horse"), login("nobody"), login("no@example.org")] {
                let answer = try await auth.http.post("/v1/auth/login", body)
                #expect(answer.status == 401)
                #expect(answer.code == "invalid-credentials")
            }
        }
    }

    @Test func `a lost refresh answer harms nobody, a second use ends the session everywhere`() async throws {
        try await withAuth { auth, _ in
            let first = try await register(auth, "ann")
            let body: JSONValue = ["refreshToken": .string(first.refresh)]
            let once = try await auth.http.post("/v1/auth/refresh", body).json["tokens"]
            let again = try await auth.http.post("/v1/auth/refresh", body).json["tokens"]
            let successor = try #require(once?["refreshToken"]?.string)
            #expect(again?["refreshToken"]?.string == successor)
            let access = try #require(again?["accessToken"]?.string)
            #expect(try await auth.http.get("/v1/users/me", token: access).status == 200)

            #expect(try await auth.http.post("/v1/auth/refresh", ["refreshToken": .string(successor)]).status == 200)
            let reuse = try await auth.http.post("/v1/auth/refresh", body)
            #expect(reuse.status == 401)
            #expect(reuse.code == "refresh-token-reused")
            try await eventually(within: .seconds(2), "the session's end") {
                try await auth.http.get("/v1/users/me", token: access).status == 401
            }
            #expect(try await auth.http.post("/v1/auth/refresh", ["refreshToken": .string(successor)]).status == 401)
            let invented = try await auth.http.post("/v1/auth/refresh", ["refreshToken": "invented"])
            #expect(invented.code == "unauthenticated")
        }
    }

    @Test func `racing refreshes of one token all get the same successor`() async throws {
        try await withAuth { auth, _ in
            let first = try await register(auth, "ann")
            let successors = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await auth.http.post("/v1/auth/refresh", ["refreshToken": .string(first.refresh)])
                            .json["tokens"]?["refreshToken"]?.string
                    }
                }
                return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
            }
            #expect(successors.count == 1)
            #expect(successors.first != .some(nil))
        }
    }

    @Test func `log-out ends this session alone, within a second`() async throws {
        try await withAuth { auth, _ in
            let first = try await register(auth, "ann")
            let second = try await auth.http.post("/v1/auth/login", login("ann")).json["tokens"]?["accessToken"]?.string
            let sessions = try await auth.http.get("/v1/auth/sessions", token: second).json["items"]?.array ?? []
            #expect(sessions.count == 2)
            #expect(sessions.filter { $0["current"]?.bool == true }.count == 1)
            #expect(try await auth.http.post("/v1/auth/logout", token: first.access).status == 204)
            try await eventually(within: .seconds(1), "the session's end") {
                try await auth.http.get("/v1/users/me", token: first.access).status == 401
            }
            #expect(try await auth.http.get("/v1/users/me", token: second).status == 200)
            let refused = try await auth.http.post("/v1/auth/refresh", ["refreshToken": .string(first.refresh)])
            #expect(refused.status == 401)
        }
    }

    @Test func `somebody else's session can't be ended`() async throws {
        try await withAuth { auth, _ in
            let ann = try await register(auth, "ann")
            let bob = try await register(auth, "bob")
            let sessions = try await auth.http.get("/v1/auth/sessions", token: ann.access)
            let id = try #require(sessions.json["items"]?[0]?["id"]?.string)
            #expect(try await auth.http.send("DELETE", "/v1/auth/sessions/\(id)", token: bob.access).status == 404)
            #expect(try await auth.http.send("DELETE", "/v1/auth/sessions/\(id)", token: ann.access).status == 204)
        }
    }

    @Test func `a profile changes as asked, and others see its public part only`() async throws {
        try await withAuth { auth, _ in
            let ann = try await register(auth, "ann")
            let changed = try await auth.http.send(
                "PATCH", "/v1/users/me",
                [
                    "displayName": "Ann", "bio": "Paints.", "avatarUrl": "https://example.org/a.png",
                    "timeZone": "Asia/Tokyo",
                ],
                token: ann.access)
            #expect(changed.status == 200)
            #expect(changed.json["displayName"]?.string == "Ann")
            let cleared = try await auth.http.send("PATCH", "/v1/users/me", ["avatarUrl": nil], token: ann.access)
            #expect(cleared.json["avatarUrl"]?.isNull == true)
            let again = try await auth.http.send("PATCH", "/v1/users/me", ["timeZone": "UTC"], token: ann.access)
            #expect(again.status == 409)
            #expect(again.code == "time-zone-change-too-soon")
            let seen = try await auth.http.get("/v1/users/ANN")
            #expect(seen.json["bio"]?.string == "Paints.")
            #expect(seen.json["email"] == nil)
            let tag = try #require(seen.header("ETag"))
            let known = try await auth.http.send("GET", "/v1/users/ann", headers: [(name: "If-None-Match", value: tag)])
            #expect(known.status == 304)
            #expect(try await auth.http.get("/v1/users/by-id/\(ann.id)").json["username"]?.string == "ann")
            let many = try await auth.http.get("/v1/users?ids=\(UserID.new().hex),\(ann.id)")
            #expect(many.json["items"]?.array?.count == 1)
            #expect(try await auth.http.get("/v1/users/by-id/nonsense").status == 404)
            #expect(try await auth.http.get("/v1/users?ids=nonsense").status == 422)
        }
    }

    @Test func `figures of other services reach the profile once, in any order`() async throws {
        try await withAuth { auth, stores in
            let ann = try await register(auth, "ann")
            let id = try #require(UserID(hex: ann.id))
            let bus = EventBus(redis: try stores.redis.client())
            let now = Instant.now()
            func follows(_ count: Int64, _ version: Int64) -> FollowTotalsChanged {
                FollowTotalsChanged(userID: id, followers: count, following: 1, version: version, at: now)
            }
            func votes(_ partition: Int, _ count: Int64, _ version: Int64) -> AuthorVoteTotalsChanged {
                AuthorVoteTotalsChanged(
                    authorID: id, partition: partition, displayed: count, accepted: count, version: version, at: now)
            }
            for event in [follows(3, 2), follows(2, 1), follows(3, 2)] { try await bus.publish(event, at: now) }
            for event in [votes(0, 5, 7), votes(1, 4, 1), votes(0, 2, 6)] { try await bus.publish(event, at: now) }
            try await eventually("the figures") {
                let seen = try await auth.http.get("/v1/users/ann").json
                return seen["followersCount"]?.int == 3 && seen["votesReceived"]?.int == 9
            }
        }
    }

    @Test func `whoever is banned is out everywhere, until the ban is lifted`() async throws {
        try await withAuth { auth, stores in
            let ann = try await register(auth, "ann")
            let id = try #require(UserID(hex: ann.id))
            let bus = EventBus(redis: try stores.redis.client())
            let now = Instant.now()
            try await bus.publish(
                UserBanned(userID: id, reason: "spam", actor: "test", version: 1, at: now), at: now)
            try await eventually("the ban") { try await auth.http.get("/v1/users/me", token: ann.access).status == 401 }
            try await eventually("the profile to go") { try await auth.http.get("/v1/users/ann").status == 404 }
            let refused = try await auth.http.post("/v1/auth/login", login("ann"))
            #expect(refused.status == 403)
            #expect(refused.code == "account-suspended")
            #expect(try await auth.http.post("/v1/auth/login", login("ann", "wrong horse")).status == 401)
            try await bus.publish(
                UserUnbanned(userID: id, reason: "appeal", actor: "test", version: 2, at: now), at: now)
            try await eventually("the ban's end") {
                try await auth.http.post("/v1/auth/login", login("ann")).status == 200
            }
        }
    }

    @Test func `revocations survive the loss of Redis`() async throws {
        try await withAuth { auth, stores in
            let ann = try await register(auth, "ann")
            #expect(try await auth.http.post("/v1/auth/logout", token: ann.access).status == 204)
            let redis = try stores.redis.client()
            try await eventually("the epoch") { try await redis.send(["EXISTS", "revocations:epoch"]).integer == 1 }
            try await redis.send(["FLUSHALL"])
            try await eventually("the stream to be filled again") {
                try await redis.send(["XLEN", "revocations"]).integer ?? 0 > 0
            }
        }
    }

    @Test func `keys, status and the document are there for everybody`() async throws {
        try await withAuth { auth, _ in
            _ = try await register(auth, "ann")
            let keys = try await auth.http.get("/.well-known/jwks.json").json["keys"]?.array ?? []
            #expect(keys.count == 1)
            #expect(keys[0]["kty"]?.string == "RSA")
            try await eventually("auth's own heartbeat") {
                try await auth.http.get("/v1/status").json["services"]?["auth"]?.string == "ok"
            }
            #expect(try await auth.http.get("/v1/status").json["status"]?.string == "degraded")
            let document = try await auth.http.get("/openapi.json").json
            #expect(document["openapi"]?.string == "3.1.0")
            #expect(document["paths"]?["/v1/auth/register"]?["post"] != nil)
        }
    }

    @Test func `limits are told before anything is used`() async throws {
        try await withAuth { auth, _ in
            let ann = try await register(auth, "ann")
            let limits = try await auth.http.get("/v1/users/me/limits", token: ann.access).json
            #expect(limits["votes"]?["limit"]?.int == 50)
            #expect(limits["votes"]?["used"]?.int == 0)
            #expect(limits["generations"]?["limit"]?.int == 5)
        }
    }
}
