internal import JSON
internal import LocalStackSupervisor

extension Scenario {
    /// Many accounts on one address: the later votes are flagged, a moderator reads why, clears some and upholds one. Then
    /// a ban takes a voter's votes and the gem that rested on them back, and its lifting restores both.
    static let reviews = Scenario(name: "reviews") { stage in
        let author = try stage.person("reviewed_author")
        let post = try StackDatabase(stage).publish(by: author)
        let voters = try (0..<12).map { try stage.person("cluster_\($0)", address: "198.51.100.77") }
        for voter in voters {
            // What is flagged is answered as counted: nobody learns what betrays them.
            try requireEqual(try voter.vote(for: post)["counted"]?.bool, true, "counted, as the voter sees it")
        }
        let moderator = try stage.person("reviewer")
        try moderator.send("GET", "/v1/moderation/votes").expect(403)
        try stage.circlectl("roles", "grant", moderator.username, "moderator")
        try moderator.signIn()

        let flagged = try waitForFlagged(6, of: post, stage, moderator)
        try stage.eventually("the votes before the cluster was one count") { try count(of: post, author) == 6 }
        for vote in flagged.prefix(4) { try decide(vote, "clear", moderator).expect(200) }
        try decide(flagged[4], "uphold", moderator).expect(200)
        if let fault = ProblemShape.fault(
            of: try decide(flagged[4], "clear", moderator), status: 409, code: "conflict")
        {
            throw StackError("a second decision: \(fault)")
        }
        try author.waitForGems(1)
        try stage.eventually("what was cleared counts") { try count(of: post, author) == 10 }
        try requireEqual(try waitForFlagged(1, of: post, stage, moderator).first, flagged[5], "what still waits")

        let gems = try author.balance()["balance"]?.int ?? 0
        try stage.circlectl("users", "ban", voters[0].username, "--reason", "votes for sale")
        try stage.eventually("the ban takes the vote and its gem") {
            try count(of: post, author) == 9 && author.balance()["balance"]?.int == gems - 1
        }
        try stage.circlectl("users", "unban", voters[0].username)
        try stage.eventually("lifting the ban restores both") {
            try count(of: post, author) == 10 && author.balance()["balance"]?.int == gems
        }
    }

    /// - Returns: the ids of the votes for a post that wait for review, once there are this many.
    private static func waitForFlagged(
        _ wanted: Int, of post: String, _ stage: Stage, _ moderator: Person
    ) throws -> [String] {
        var waiting: [JSONValue] = []
        try stage.eventually("\(wanted) votes wait for review") {
            let page = try moderator.insist("GET", "/v1/moderation/votes?limit=100").expect(200)
            waiting = (page["items"]?.array ?? []).filter { $0["postId"]?.string == post }
            return waiting.count == wanted
        }
        for vote in waiting {
            let signals = (vote["reasons"]?.array ?? []).compactMap { $0["signal"]?.string }
            try require(signals.contains("sharedAddress"), "a flagged vote does not say why: \(vote)")
            try require(!"\(vote)".contains("198.51.100"), "a moderator is shown an address: \(vote)")
        }
        return try waiting.map { try $0.text("id") }
    }

    private static func decide(_ vote: String, _ decision: String, _ moderator: Person) throws -> Reply {
        try moderator.insist(
            "POST", "/v1/moderation/votes/\(vote)/decision",
            ["decision": .string(decision), "reason": "seen by a person"], key: "\(decision)-\(vote)")
    }

    private static func count(of post: String, _ reader: Person) throws -> Int? {
        try reader.insist("GET", "/v1/posts/\(post)").expect(200)["voteCount"]?.int
    }
}
