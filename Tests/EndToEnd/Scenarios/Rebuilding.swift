internal import JSON
internal import LocalStackSupervisor

extension Scenario {
    /// Redis is emptied while people vote: votes are refused as `rebuilding`, the services heal by themselves, and what
    /// was persisted is there again.
    static let rebuilding = Scenario(name: "rebuilding") { stage in
        let database = try StackDatabase(stage)
        let author = try stage.person("flushed_author")
        let voters = try stage.crowd("flushed", 20)
        let posts = try (0..<5).map { _ in try database.publish(by: author) }
        for voter in voters { for post in posts.prefix(4) { try voter.vote(for: post) } }
        try stage.eventually("80 votes are persisted") { try database.votes(forAuthors: [author]).count == 80 }

        let refused = try flushUntilRefused(stage, database)
        if let fault = ProblemShape.fault(of: refused, status: 503, code: "rebuilding") {
            throw StackError("\(refused.request): \(fault)")
        }
        try require(refused.header("Retry-After") != nil, "no Retry-After")
        // Pairs and caps are back before any vote is taken: nobody votes twice, nobody has more votes than before.
        for voter in voters {
            for post in posts.prefix(4) {
                try requireEqual(try voter.vote(for: post)["counted"]?.bool, false, "counted, voted before the flush")
            }
            try requireEqual(try voter.vote(for: posts[4])["votesLeftToday"]?.int, 45, "votes left")
        }
        try stage.eventually("100 votes are stored, no more") { try database.votes(forAuthors: [author]).count == 100 }
        try author.waitForGems(10)
        for (number, post) in posts.prefix(5).enumerated() {
            try stage.eventually("post \(number) shows 20 votes") {
                try author.insist("GET", "/v1/posts/\(post)").expect(200)["voteCount"]?.int == 20
            }
        }
        try stage.eventually("the leaderboard has the author's votes") {
            let board = try author.insist("GET", "/v1/leaderboards/alltime?around=me").expect(200)
            return board["me"]?["score"]?.int == 100
        }
    }

    /// Healing looks every half second: the vote after the flush nearly always comes before it, and otherwise the next.
    private static func flushUntilRefused(_ stage: Stage, _ database: StackDatabase) throws -> Reply {
        let probe = try stage.person("flushed_probe")
        let other = try stage.person("flushed_other")
        var reply: Reply
        var tries = 0
        repeat {
            let post = try database.publish(by: other)
            try flush(stage)
            reply = try probe.send("PUT", "/v1/posts/\(post)/vote")
            tries += 1
        } while reply.status == 200 && tries < 5
        return reply
    }

    /// Empties Redis and nothing else, as a failover to a new server would.
    private static func flush(_ stage: Stage) throws {
        let socket = try Socket.connect(port: try stage.plan().ports["redis"])
        defer { socket.close() }
        try socket.send(Array("FLUSHALL\r\n".utf8))
        let answer = try socket.receive()
        try require(answer.starts(with: Array("+OK".utf8)), "FLUSHALL: \(String(decoding: answer, as: UTF8.self))")
    }
}
