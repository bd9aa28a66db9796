package import JSON

// What people do in the game.
extension Person {
    /// Orders a picture and waits until it is painted.
    package func paint(_ prompt: String, model: String = "sketch", key: String) throws -> JSONValue {
        let order = try insist(
            "POST", "/v1/generations", ["prompt": .string(prompt), "model": .string(model)], key: key
        ).expect(202)
        return try waitForPicture(try order.text("id"))
    }

    package func waitForPicture(_ id: String, within seconds: Double = 120) throws -> JSONValue {
        let deadline = Clock.monotonic + seconds
        while true {
            let generation = try insist("GET", "/v1/generations/\(id)").expect(200)
            switch generation["status"]?.string {
            case "completed": return generation
            case "failed", "cancelled":
                throw StackError(
                    "generation \(id) \(generation["status"]?.string ?? ""): \(generation["error"] ?? .null)")
            default:
                if Clock.monotonic > deadline { throw StackError("generation \(id) was not painted in time") }
                Clock.pause(seconds: 0.2)
            }
        }
    }

    package func post(_ generation: JSONValue, caption: String, tags: [String], key: String) throws -> String {
        let body: JSONValue = [
            "generationId": .string(try generation.text("id")), "caption": .string(caption),
            "tags": .array(tags.map { .string($0) }),
        ]
        return try insist("POST", "/v1/posts", body, key: key).expect(201).text("id")
    }

    /// Waits until this person, who is not the author, sees the post: it has been approved.
    package func waitToSee(_ post: String, within seconds: Double = 60) throws {
        let deadline = Clock.monotonic + seconds
        while try insist("GET", "/v1/posts/\(post)").status != 200 {
            if Clock.monotonic > deadline { throw StackError("post \(post) was not approved in time") }
            Clock.pause(seconds: 0.1)
        }
    }

    @discardableResult
    package func vote(for post: String) throws -> JSONValue {
        try insist("PUT", "/v1/posts/\(post)/vote").expect(200)
    }

    package func balance() throws -> JSONValue {
        try insist("GET", "/v1/gems/balance").expect(200)
    }

    /// The gems that votes have brought, added up from the list of transactions.
    package func gemsFromVotes() throws -> Int {
        var sum: Int64 = 0
        var cursor: String?
        repeat {
            let page = try insist(
                "GET", "/v1/gems/transactions?source=votes&limit=100" + (cursor.map { "&cursor=\($0)" } ?? "")
            ).expect(200)
            for entry in page["items"]?.array ?? [] {
                sum += entry["baseAmount"]?.int64 ?? entry["amount"]?.int64 ?? 0
            }
            cursor = page["nextCursor"]?.string
        } while cursor != nil
        return Int(sum)
    }

    /// Waits until votes have brought this many gems.
    package func waitForGems(_ expected: Int, within seconds: Double = 120) throws {
        let deadline = Clock.monotonic + seconds
        while true {
            let gems = try gemsFromVotes()
            if gems == expected { return }
            if gems > expected || Clock.monotonic > deadline {
                throw StackError("\(username) has \(gems) gems from votes where \(expected) are due")
            }
            Clock.pause(seconds: 0.2)
        }
    }

    package func buy(_ product: String, key: String) throws -> JSONValue {
        try insist("POST", "/v1/gems/purchases", ["productId": .string(product)], key: key).expect(201)
    }

    /// The id of the product that unlocks a model.
    package func productUnlocking(_ model: String) throws -> String {
        let products = try insist("GET", "/v1/gems/products?limit=100").expect(200)
        let found = products["items"]?.array?.first {
            $0["kind"]?.string == "model_unlock"
                && ($0["id"]?.string?.contains(model) == true || $0["name"]?.string?.contains(model) == true)
        }
        guard let id = found?["id"]?.string else { throw StackError("no product unlocks \(model)") }
        return id
    }
}

extension JSONValue {
    /// A text that must be there.
    package func text(_ key: String) throws -> String {
        guard let text = self[key]?.string else { throw StackError("no \(key) in an answer") }
        return text
    }
}
