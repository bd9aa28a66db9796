internal import JSON
internal import LocalStackSupervisor

extension Scenario {
    /// Tokens: rotation, a lost answer, reuse, sign-out everywhere within a second.
    static let sessions = Scenario(name: "sessions") { stage in
        try lostAnswer(stage)
        try reuse(stage)
        try signOut(stage)
    }

    private static func refresh(_ stage: Stage, _ token: String) throws -> Reply {
        try stage.stranger().send("POST", "/v1/auth/refresh", ["refreshToken": .string(token)])
    }

    private static func lostAnswer(_ stage: Stage) throws {
        let person = try stage.person("lost")
        let first = try refresh(stage, person.refreshToken).expect(200)["tokens"]?["refreshToken"]?.string
        let again = try refresh(stage, person.refreshToken).expect(200)["tokens"]?["refreshToken"]?.string
        try requireEqual(again, first ?? "", "the successor after a lost answer")
    }

    private static func reuse(_ stage: Stage) throws {
        let person = try stage.person("thief")
        let old = person.refreshToken
        let first = try refresh(stage, old).expect(200)["tokens"]
        let second = try refresh(stage, try (first ?? .null).text("refreshToken")).expect(200)["tokens"]
        let access = try (second ?? .null).text("accessToken")
        let reply = try refresh(stage, old)
        try requireEqual(reply.status, 401, "a token used again")
        try requireEqual(reply.code, "refresh-token-reused", "a token used again")
        let owner = stage.stranger()
        owner.accessToken = access
        try stage.eventually("the family's access tokens are dead", within: 2) {
            try owner.send("GET", "/v1/gems/balance").status == 401
        }
    }

    private static func signOut(_ stage: Stage) throws {
        let person = try stage.person("leaver")
        let reads = ["/v1/users/me", "/v1/gems/balance", "/v1/generations", "/v1/notifications", "/v1/feed/following"]
        for path in reads { try person.insist("GET", path).expect(200) }
        try person.send("POST", "/v1/auth/logout").expect(204)
        for path in reads {
            try stage.eventually("\(path) refuses a token that was signed out", within: 2) {
                try person.send("GET", path).status == 401
            }
        }
        try person.signIn()
        try person.insist("GET", "/v1/users/me").expect(200)
    }
}
