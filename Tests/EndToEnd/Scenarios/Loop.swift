internal import JSON
internal import LocalStackSupervisor

extension Scenario {
    /// The loop as the demonstration plays it, then the rules that concern its results.
    static let loop = Scenario(name: "loop") { stage in
        let report = try LoopPlayer(port: stage.port, crowd: 31).play()
        try requireEqual(report.votes, 7 * 30, "votes counted")
        guard let first = report.posts.first, let second = report.posts.last else { throw StackError("no posts") }
        let author = first.author
        let balance = try author.balance()
        // 60 votes on two posts: 6 gems; sketch-plus 3 and a picture 1 are spent. A daily login may add one.
        try requireEqual(balance["votesTowardNextGem"]?.int, 0, "votes toward the next gem")
        try requireEqual(balance["totalSpent"]?.int, 4, "gems spent")
        try ledgerIsWhole(author)
        try refusals(author, own: first.id, other: second.id)
    }

    /// Sequence numbers without gaps, balances that follow from each other.
    static func ledgerIsWhole(_ person: Person) throws {
        let items = try person.insist("GET", "/v1/gems/transactions?limit=100").expect(200)["items"]?.array ?? []
        let entries = Array(items.reversed())
        var balance: Int64 = 0
        for (index, entry) in entries.enumerated() {
            try requireEqual(entry["seq"]?.int, index + 1, "the sequence number of entry \(index + 1)")
            try requireEqual(entry["balanceBefore"]?.int64, balance, "the balance before entry \(index + 1)")
            balance += entry["amount"]?.int64 ?? 0
            try requireEqual(entry["balanceAfter"]?.int64, balance, "the balance after entry \(index + 1)")
        }
        try requireEqual(try person.balance()["balance"]?.int64, balance, "the balance")
    }

    private static func refusals(_ author: Person, own: String, other: String) throws {
        func refused(_ reply: Reply, _ status: Int, _ code: String) throws {
            if let fault = ProblemShape.fault(of: reply, status: status, code: code) {
                throw StackError("\(reply.request): \(fault)")
            }
        }
        try refused(try author.send("PUT", "/v1/posts/\(own)/vote"), 403, "own-post")
        let product = try author.productUnlocking("sketch-plus")
        try refused(
            try author.send("POST", "/v1/gems/purchases", ["productId": .string(product)], key: "once-more"), 409,
            "already-owned")
        try refused(
            try author.send(
                "POST", "/v1/generations", ["prompt": "a mill", "model": "sketch-plus", "maxCostGems": 0], key: "dear"),
            409, "cost-exceeds-limit")
        let generation = try author.insist("GET", "/v1/generations").expect(200)["items"]?.array?.last
        try refused(
            try author.send(
                "POST", "/v1/posts", ["generationId": .string(try (generation ?? .null).text("id"))], key: "again"),
            409,
            "already-posted")
        // Repeats, withdrawal, and voting again: displayed, but never counted twice.
        try requireEqual(try author.vote(for: other)["counted"]?.bool, false, "counted, on a repeat")
        try requireEqual(
            try author.insist("DELETE", "/v1/posts/\(other)/vote").expect(200)["voted"]?.bool, false, "voted, withdrawn"
        )
        try author.insist("DELETE", "/v1/posts/\(other)/vote").expect(200)
        try requireEqual(try author.vote(for: other)["counted"]?.bool, false, "counted, after a withdrawal")
    }
}
