internal import JSON
internal import LocalStackSupervisor

extension Scenario {
    /// What the rules of the game refuse: the day's votes and pictures, prompts, pictures that are not finished.
    static let limits = Scenario(name: "limits") { stage in
        try votes(stage)
        try pictures(stage)
    }

    private static func votes(_ stage: Stage) throws {
        let database = try StackDatabase(stage)
        let author = try stage.person("cap_author")
        let voter = try stage.person("cap_voter")
        let posts = try (0...50).map { _ in try database.publish(by: author) }
        for (number, post) in posts.dropLast().enumerated() {
            try requireEqual(try voter.vote(for: post)["votesLeftToday"]?.int, 49 - number, "votes left")
        }
        let refused = try voter.insist("PUT", "/v1/posts/\(posts[50])/vote")
        try refuse(refused, 429, "vote-cap-reached")
        guard let wait = refused.header("Retry-After").flatMap(Int.init), (1...86_400).contains(wait) else {
            throw StackError("Retry-After is \(refused.header("Retry-After") ?? "missing")")
        }
        // At the cap a repeat is still answered, and a withdrawal gives nothing back.
        try requireEqual(try voter.vote(for: posts[0])["counted"]?.bool, false, "counted, on a repeat at the cap")
        try voter.insist("DELETE", "/v1/posts/\(posts[0])/vote").expect(200)
        try refuse(try voter.insist("PUT", "/v1/posts/\(posts[50])/vote"), 429, "vote-cap-reached")
        let used = try voter.insist("GET", "/v1/users/me/limits").expect(200)["votes"]?["used"]?.int
        try requireEqual(used, 50, "votes used")
    }

    private static func pictures(_ stage: Stage) throws {
        let person = try stage.person("quota")
        func order(_ prompt: String, _ key: String) throws -> Reply {
            try person.insist("POST", "/v1/generations", ["prompt": .string(prompt)], key: key)
        }
        try refuse(try order("a p0rn scene", "refused"), 422, "prompt-rejected")
        let first = try order("a slow river", "picture-0").expect(202).text("id")
        let early = try person.insist("POST", "/v1/posts", ["generationId": .string(first)], key: "early")
        // It may be finished already on a quick machine: then posting it is right.
        if early.status != 201 { try refuse(early, 409, "generation-not-ready") }
        // What is cancelled before it begins does not count, so that only finished ones are counted on.
        for number in 1..<5 { try order("a slow river", "picture-\(number)").expect(202) }
        try refuse(try order("a slow river", "picture-5"), 429, "generation-quota-exceeded")
        let used = try person.insist("GET", "/v1/users/me/limits").expect(200)["generations"]?["used"]?.int
        try requireEqual(used, 5, "pictures used")
    }

    private static func refuse(_ reply: Reply, _ status: Int, _ code: String) throws {
        if let fault = ProblemShape.fault(of: reply, status: status, code: code) {
            throw StackError("\(reply.request): \(fault)")
        }
    }
}
