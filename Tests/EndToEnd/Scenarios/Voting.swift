internal import JSON
internal import LocalStackSupervisor

extension Scenario {
    /// A hundred people vote at once on twenty posts: counts exact, gems exact, the leaderboard too.
    static let voting = Scenario(name: "voting") { stage in
        let authors = try stage.crowd("painter", 10)
        let voters = try stage.crowd("voter", 100)
        let posts = try Parallel.map(authors, width: 2) { author in
            try (0..<2).map { number in
                try stage.approvedPost(by: author, seenBy: voters[0], key: "\(author.username)-\(number)")
            }
        }
        let all = posts.flatMap { $0 }
        let counted = try Parallel.map(voters, width: 100) { voter in
            var counted = 0
            for post in all where try voter.vote(for: post)["counted"]?.bool == true { counted += 1 }
            return counted
        }.reduce(0, +)
        try requireEqual(counted, 2_000, "votes counted")
        for (author, own) in zip(authors, posts) {
            try author.waitForGems(20)
            try requireEqual(try author.balance()["votesTowardNextGem"]?.int, 0, "votes toward the next gem")
            for post in own {
                try stage.eventually("the count of a post is 100") {
                    try author.insist("GET", "/v1/posts/\(post)").expect(200)["voteCount"]?.int == 100
                }
            }
            try ledgerIsWhole(author)
        }
        let voter = voters[0]
        try requireEqual(
            try voter.insist("GET", "/v1/users/me/limits").expect(200)["votes"]?["used"]?.int, 20, "votes used today")
        try stage.eventually("the leaderboard shows 200 votes for each author") {
            let board = try voter.insist("GET", "/v1/leaderboards/daily?limit=100").expect(200)["items"]?.array ?? []
            let scores = Dictionary(
                board.map { ($0["user"]?["id"]?.string ?? "", $0["score"]?.int ?? 0) }, uniquingKeysWith: { $1 })
            return authors.allSatisfy { scores[$0.id] == 200 }
        }
    }
}
