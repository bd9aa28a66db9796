internal import JSON
internal import LocalStackSupervisor

extension Scenario {
    /// Every list refuses a bad limit and a bad cursor, and answers in the same shape.
    static let paging = Scenario(name: "paging") { stage in
        let person = try stage.person("pager")
        let lists = [
            "/v1/auth/sessions", "/v1/users/\(person.username)/followers", "/v1/users/\(person.username)/following",
            "/v1/generations", "/v1/users/\(person.username)/posts", "/v1/feed/new", "/v1/feed/trending",
            "/v1/feed/hot", "/v1/feed/top", "/v1/feed/following", "/v1/feed/for-you", "/v1/leaderboards/daily",
            "/v1/leaderboards/weekly", "/v1/leaderboards/alltime", "/v1/gems/transactions", "/v1/gems/products",
            "/v1/gems/entitlements", "/v1/notifications",
        ]
        var faults: [String] = []
        for list in lists {
            let page = try person.insist("GET", list)
            if page.status != 200 || page.json["items"]?.array == nil || page.json["nextCursor"] == nil {
                faults.append("\(list): \(page.status) \(page.answer.text.prefix(120))")
            }
            for limit in ["0", "101", "-1", "many", ""] {
                let reply = try person.send("GET", "\(list)?limit=\(limit)")
                if let fault = ProblemShape.fault(of: reply, status: 422, code: "validation-failed") {
                    faults.append("\(list)?limit=\(limit): \(fault)")
                }
            }
            let reply = try person.send("GET", "\(list)?cursor=nonsense")
            if let fault = ProblemShape.fault(of: reply, status: 400, code: "invalid-cursor") {
                faults.append("\(list)?cursor=nonsense: \(fault)")
            }
        }
        if !faults.isEmpty { throw StackError("\n    " + faults.joined(separator: "\n    ")) }
    }
}
