/// Who votes for what, and who is killed when: all of it follows from the seed.
///
/// What processes make of it does not: two runs with one seed kill the same processes at the same numbers of acknowledged
/// votes, and find them at different instructions.
struct CampaignPlan: Sendable {
    struct Kill: Sendable {
        /// Votes acknowledged before.
        let after: Int
        let name: String
    }

    /// What a voter does besides voting once for each post.
    struct Step: Sendable {
        let post: Int
        let repeats: Bool
        let withdraws: Bool
        let returns: Bool
    }

    let seed: UInt64
    let voters: Int
    let posts: Int
    let kills: Int
    /// As many as a free account has in a day.
    static let votesEach = 50
    static let postsPerAuthor = 5

    /// 100,000 votes and fifty kills.
    static func full(seed: UInt64) -> CampaignPlan { CampaignPlan(seed: seed, voters: 2_000, posts: 500, kills: 50) }
    static func tenth(seed: UInt64) -> CampaignPlan { CampaignPlan(seed: seed, voters: 200, posts: 50, kills: 5) }

    var authors: Int { posts / Self.postsPerAuthor }
    var votes: Int { voters * Self.votesEach }
    var votesPerPost: Int { votes / posts }
    var votesPerAuthor: Int { votesPerPost * Self.postsPerAuthor }

    /// Everybody's posts, so that each post gets the same number of votes; in an order of their own.
    func steps(ofVoter voter: Int) -> [Step] {
        var numbers = SeededNumbers(seed: seed, part: voter)
        let stride = posts / Self.votesEach
        return (0..<Self.votesEach).map { (voter + stride * $0) % posts }.shuffled(using: &numbers).map { post in
            let draw = Int.random(in: 0..<100, using: &numbers)
            return Step(post: post, repeats: draw < 2, withdraws: draw == 2 || draw == 3, returns: draw == 3)
        }
    }

    /// - Parameter names: the stack's processes. Those that a vote passes through are drawn more often.
    func schedule(of names: [String]) -> [Kill] {
        var numbers = SeededNumbers(seed: seed, part: -1)
        let often: Set<String> = ["redis", "docstore", "voting", "gems", "gateway"]
        let urn = names.flatMap { Array(repeating: $0, count: often.contains($0) ? 3 : 1) }
        let share = Double(votes) / Double(kills + 1)
        return (0..<kills).map { number in
            let after = (Double(number) + Double.random(in: 0.5...1.5, using: &numbers)) * share
            return Kill(after: Int(after), name: urn.randomElement(using: &numbers) ?? "voting")
        }.sorted { $0.after < $1.after }
    }
}
