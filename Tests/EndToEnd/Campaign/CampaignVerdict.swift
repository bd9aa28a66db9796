internal import JSON
internal import LocalStackSupervisor
internal import Records

/// Compares what the voters were told with what is stored, shown and paid.
struct CampaignVerdict {
    let plan: CampaignPlan
    let stage: Stage
    let database: StackDatabase
    let cast: Campaign.Cast
    let accounts: [CampaignVoter.Account]

    func check() throws {
        try step("every acknowledged vote is stored, and nothing else", pairs)
        try step("nobody was counted twice, nobody has a vote left", caps)
        try step("E of each author is \(plan.votesPerAuthor)", totals)
        try step("each post shows its votes", displayed)
        try step("the leaderboard shows them too", leaderboard)
        try step("each author has \(plan.votesPerAuthor / 10) gems from votes", gems)
        try step("gems verify --settled", verify)
    }

    /// Says how long it took as well: until then workers were behind.
    private func step(_ what: String, _ body: () throws -> Void) throws {
        let started = Clock.monotonic
        do {
            try body()
            StackCommand.say("  ✔ \(what) (\(Int(Clock.monotonic - started)) s)")
        } catch {
            StackCommand.say("  ✘ \(what)")
            throw error
        }
    }

    /// What must be stored: whether each pair is withdrawn.
    private var expected: [StackDatabase.Pair: Bool] {
        var pairs: [StackDatabase.Pair: Bool] = [:]
        for (voter, account) in zip(cast.voters, accounts) {
            for pair in account.pairs {
                pairs[StackDatabase.Pair(post: cast.posts[pair.post], voter: voter.id)] = pair.withdrawn
            }
        }
        return pairs
    }

    /// How long the number of differences may stay the same before they are taken for final, s.
    private static let patience = 180.0

    /// The persist worker may be behind, on a busy machine by minutes: as long as differences become fewer they are waited
    /// for; what is too much never goes.
    private func pairs() throws {
        let expected = expected
        try requireEqual(expected.count, plan.votes, "votes acknowledged")
        var differences = try differences(from: expected)
        var fewest = (count: differences.count, at: Clock.monotonic)
        while !differences.isEmpty {
            guard Clock.monotonic - fewest.at < Self.patience else {
                throw StackError(
                    "\(differences.count) differences, such as \(differences.prefix(5).joined(separator: "; "))")
            }
            // To look costs the document server as much as thousands of votes.
            Clock.pause(seconds: differences.count > 1_000 ? 5 : 0.5)
            differences = try self.differences(from: expected)
            if differences.count < fewest.count { fewest = (differences.count, Clock.monotonic) }
        }
    }

    private func differences(from expected: [StackDatabase.Pair: Bool]) throws -> [String] {
        let stored = try database.votes(forAuthors: cast.authors)
        var differences: [String] = []
        var seen: Set<StackDatabase.Pair> = []
        for record in stored {
            let pair = StackDatabase.Pair(post: record.postID.hex, voter: record.voterID.hex)
            if !seen.insert(pair).inserted { differences.append("\(pair) is stored twice") }
            guard let withdrawn = expected[pair] else {
                differences.append("\(pair) was never acknowledged")
                continue
            }
            if record.withdrawn != withdrawn { differences.append("\(pair) withdrawn: \(record.withdrawn)") }
            if record.state != .counted { differences.append("\(pair) is \(record.state)") }
        }
        for pair in expected.keys where !seen.contains(pair) { differences.append("\(pair) is lost") }
        return differences
    }

    private func caps() throws {
        for account in accounts { try require(account.counted <= CampaignPlan.votesEach, "counted \(account.counted)") }
        for voter in cast.voters.enumerated().filter({ $0.offset % 20 == 0 }).map(\.element) {
            defer { voter.disconnect() }
            let limits = try voter.insist("GET", "/v1/users/me/limits")
            if limits.status == 401 { try voter.signIn() }
            let used = try voter.insist("GET", "/v1/users/me/limits").expect(200)["votes"]?["used"]?.int
            try requireEqual(used, CampaignPlan.votesEach, "votes used by \(voter.username)")
            let refused = try voter.insist("PUT", "/v1/posts/\(cast.spare)/vote")
            try requireEqual(refused.status, 429, "a vote over the cap")
            try requireEqual(refused.code, "vote-cap-reached", "a vote over the cap")
        }
    }

    private func totals() throws {
        let accepted = try database.accepted(of: cast.authors)
        for author in cast.authors {
            try requireEqual(accepted[author.id], Int64(plan.votesPerAuthor), "E of \(author.username)")
        }
    }

    /// Displayed counts of posts: without the withdrawn ones.
    private var shown: [Int] {
        var counts = [Int](repeating: 0, count: plan.posts)
        for account in accounts { for pair in account.pairs where !pair.withdrawn { counts[pair.post] += 1 } }
        return counts
    }

    /// What feed shows follows events, and may be behind as the persist worker may.
    private func displayed() throws {
        let reader = stage.stranger()
        for (post, count) in zip(cast.posts, shown) {
            var seen: Int?
            do {
                try stage.eventually("the count of a post", within: 180) {
                    seen = try reader.insist("GET", "/v1/posts/\(post)").expect(200)["voteCount"]?.int
                    return seen == count
                }
            } catch {
                throw StackError("post \(post) shows \(seen ?? -1) votes where \(count) are due")
            }
        }
    }

    private func leaderboard() throws {
        let shown = shown
        var due: [String: Int] = [:]
        for post in 0..<plan.posts {
            due[cast.authors[post / CampaignPlan.postsPerAuthor].id, default: 0] += shown[post]
        }
        let reader = stage.stranger()
        var scores: [String: Int] = [:]
        try stage.eventually("the leaderboard agrees with the votes", within: 60) {
            scores = try board(reader)
            return due.allSatisfy { scores[$0.key] == $0.value }
        }
    }

    private func board(_ reader: Person) throws -> [String: Int] {
        var scores: [String: Int] = [:]
        var cursor: String?
        repeat {
            let more = cursor.map { "&cursor=\($0)" } ?? ""
            let page = try reader.insist("GET", "/v1/leaderboards/alltime?limit=100\(more)").expect(200)
            for row in page["items"]?.array ?? [] { scores[row["user"]?["id"]?.string ?? ""] = row["score"]?.int }
            cursor = page["nextCursor"]?.string
        } while cursor != nil
        return scores
    }

    private func gems() throws {
        for author in cast.authors {
            defer { author.disconnect() }
            if try author.insist("GET", "/v1/gems/balance").status == 401 { try author.signIn() }
            try author.waitForGems(plan.votesPerAuthor / 10)
            let toward = try author.balance()["votesTowardNextGem"]?.int
            try requireEqual(toward, plan.votesPerAuthor % 10, "votes toward the next gem")
        }
    }

    private func verify() throws {
        let task = try stage.plan().task("gems", ["verify", "--settled"], log: "verify")
        var ending = ""
        try stage.eventually("gems verify --settled is clean", within: 60) {
            let result = try task.run(deadline: 120)
            ending = "\(result)"
            return result == .exit(0)
        }
        try requireEqual(ending, "\(Ending.exit(0))", "gems verify --settled")
    }
}
