import BSON
import Domain
import JSON
import Records
import RedisClient
import ServiceKit
import TestSupport
import Testing

@testable import AuthService
@testable import CirclectlCommands

@Suite(.serialized, .timeLimit(.minutes(2))) struct CirclectlLiveTests {
    private func withAnn(_ body: (TestService, AccountOperations, TestStores) async throws -> Void) async throws {
        let stores = try await TestStores.fresh()
        try await withService(AuthService.definition, on: stores) { auth in
            let answer = try await auth.http.post(
                "/v1/auth/register",
                [
                    "username": "ann", "email": "ann@example.org", "password": "correct horse",
                    "device": ["id": "phone", "platform": "ios"],
                ])
            #expect(answer.status == 201)
            try await body(auth, AccountOperations(auth.context), stores)
        }
    }

    private func login(_ auth: TestService) async throws -> TestAnswer {
        try await auth.http.post(
            "/v1/auth/login",
            ["login": "ann", "password": "correct horse", "device": ["id": "phone", "platform": "ios"]])
    }

    private func run(_ accounts: AccountOperations, _ group: String, _ arguments: String...) async throws -> Int32 {
        try await AccountCommand(arguments: arguments, group: group).run(accounts)
    }

    private func audited(_ stores: TestStores) async throws -> [String] {
        try await stores.mongo.collection("security_audit").find(["actor": ["$exists": true]], sort: ["at": 1])
            .compactMap { $0.string("action") }
    }

    @Test func `an address is verified, a tier set and a role granted, each with its entry`() async throws {
        try await withAnn { auth, accounts, stores in
            #expect(try await run(accounts, "users", "verify-email", "ANN") == 0)
            #expect(try await run(accounts, "users", "set-tier", "ann@example.org", "pro") == 0)
            #expect(try await run(accounts, "roles", "grant", "ann", "moderator") == 0)
            let user = try await login(auth).json["user"]
            #expect(user?["emailVerified"]?.bool == true)
            #expect(user?["tier"]?.string == "pro")
            #expect(try await audited(stores) == ["email-verified", "tier-set", "role-granted"])
            let types = try await stores.mongo.collection("users").find([:]).flatMap { $0.array("outbox") ?? [] }
            #expect(types.isEmpty, "events are published at once")
        }
    }

    @Test func `a ban ends sessions and its end lets the person in again`() async throws {
        try await withAnn { auth, accounts, _ in
            let token = try await login(auth).json["tokens"]?["accessToken"]?.string
            #expect(try await auth.http.get("/v1/users/me", token: token).status == 200)
            #expect(try await run(accounts, "users", "ban", "ann", "--reason", "spam") == 0)
            try await eventually("the session's end") {
                try await auth.http.get("/v1/users/me", token: token).status == 401
            }
            #expect(try await login(auth).code == "account-suspended")
            #expect(try await run(accounts, "users", "unban", "ann") == 0)
            #expect(try await login(auth).status == 200)
        }
    }

    @Test func `nobody is not changed, and what is not understood is refused`() async throws {
        try await withAnn { _, accounts, stores in
            let code = try await run(accounts, "users", "ban", "nobody")
            #expect(code == 1)
            let entries = try await audited(stores)
            #expect(entries.isEmpty)
        }
        for arguments in [["ban"], ["set-tier", "ann", "gold"], ["dance", "ann"], ["ban", "ann", "--why", "x"], []] {
            #expect(throws: UsageError.self) { try AccountCommand(arguments: arguments, group: "users") }
        }
    }
}
