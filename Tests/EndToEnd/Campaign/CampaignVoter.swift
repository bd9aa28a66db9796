internal import JSON
internal import LocalStackSupervisor

/// Somebody of a campaign: votes, and keeps an account of every answer.
struct CampaignVoter {
    /// What a pair must look like, as the answers promised.
    struct Acknowledged: Sendable {
        let post: Int
        var withdrawn = false
    }

    /// What a person was told.
    struct Account: Sendable {
        var pairs: [Acknowledged] = []
        /// Answers that said `counted`: at most one a pair.
        var counted = 0
        /// First answers that said it was a repeat: the answer before them was lost with a process.
        var lostAnswers = 0
    }

    let person: Person
    let posts: [String]
    let signedInAt: Double
    let acknowledged: () -> Void

    func play(_ steps: [CampaignPlan.Step]) throws -> Account {
        defer { person.disconnect() }
        var account = Account()
        for step in steps {
            let counted = try cast(step.post)
            if counted { account.counted += 1 } else { account.lostAnswers += 1 }
            var pair = Acknowledged(post: step.post)
            acknowledged()
            if step.repeats { try refuse(try cast(step.post), "a repeat was counted") }
            if step.withdraws {
                let answer = try answer("DELETE", step.post).expect(200)
                try requireEqual(answer["voted"]?.bool, false, "voted, withdrawn")
                pair.withdrawn = true
            }
            if step.returns {
                try refuse(try cast(step.post), "a vote after a withdrawal was counted")
                pair.withdrawn = false
            }
            account.pairs.append(pair)
        }
        return account
    }

    /// - Returns: whether the answer said `counted`.
    private func cast(_ post: Int) throws -> Bool {
        let answer = try answer("PUT", post).expect(200)
        try requireEqual(answer["voted"]?.bool, true, "voted")
        try require((answer["voteCount"]?.int ?? 0) > 0, "a vote is not in the count that its voter is shown")
        guard let counted = answer["counted"]?.bool else { throw StackError("no `counted` in an answer") }
        return counted
    }

    private func refuse(_ counted: Bool, _ message: String) throws {
        try require(!counted, "\(message): \(person.username)")
    }

    /// Asks until there is an answer; signs in again once the access token has ended, and never before.
    private func answer(_ method: String, _ post: Int) throws -> Reply {
        let path = "/v1/posts/\(posts[post])/vote"
        let reply = try person.insist(method, path, within: 180)
        guard reply.status == 401 else { return reply }
        try require(
            Clock.monotonic - signedInAt > 14 * 60, "a token was refused before its time: \(reply.answer.text)")
        try person.signIn()
        return try person.insist(method, path, within: 180)
    }
}
