internal import JSON
internal import LocalStackSupervisor

extension Scenario {
    /// The same key gets the same answer, another body is refused, many at once create one thing.
    static let idempotency = Scenario(name: "idempotency") { stage in
        let person = try stage.person("twice")
        let body: JSONValue = ["prompt": "a bridge in the fog"]
        let missing = try person.send("POST", "/v1/generations", body)
        try requireEqual(missing.status, 400, "no key")
        try requireEqual(missing.code, "idempotency-key-required", "no key")

        let first = try person.insist("POST", "/v1/generations", body, key: "bridge").expect(202)
        let again = try person.send("POST", "/v1/generations", body, key: "bridge")
        try again.expect(202)
        try requireEqual(again.json["id"]?.string, first["id"]?.string ?? "", "the id of the same request")
        try requireEqual(again.header("Idempotency-Replayed"), "true", "Idempotency-Replayed")
        let other = try person.send("POST", "/v1/generations", ["prompt": "another bridge"], key: "bridge")
        try requireEqual(other.status, 422, "another body")
        try requireEqual(other.code, "idempotency-key-reused", "another body")

        // Sixteen at once with one key: one order, and each is told of it or told to wait.
        let replies = try Parallel.map(Array(0..<16), width: 16) { _ in
            let copy = stage.stranger()
            copy.accessToken = person.accessToken
            return try copy.insist("POST", "/v1/generations", ["prompt": "a mill"], key: "mill")
        }
        let ids = Set(replies.compactMap { $0.status == 202 ? $0.json["id"]?.string : nil })
        try requireEqual(ids.count, 1, "orders made by sixteen requests with one key")
        let list = try person.insist("GET", "/v1/generations").expect(200)
        try requireEqual(list["items"]?.array?.count, 2, "orders in the list")
    }
}
