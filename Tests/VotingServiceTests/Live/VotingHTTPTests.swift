import Domain
import JSON
import Records
import ServiceKit
import Testing
import TestSupport

@testable import VotingService

@Suite(.serialized) struct VotingHTTPTests {
    @Test func `votes and boards answer as the contract says`() async throws {
        let stores = try await TestStores.fresh(durable: true)
        let people = try await TestPeople(stores)
        let author = try await people.add("ann")
        let rival = try await people.add("rob")
        let voter = try await people.add("vic")
        let post = try await stores.post(by: author)
        let other = try await stores.post(by: rival)
        let token = try people.token(for: voter)
        try await withService(VotingService.definition, on: stores) { service in
            let http = service.http
            func vote(_ id: String, _ token: String?) async throws -> TestAnswer {
                try await http.send("PUT", "/v1/posts/\(id)/vote", token: token)
            }
            try await eventually("the partitions") { try await vote(post.hex, token).status == 200 }
            let answer = try await vote(post.hex, token)
            #expect(answer.json["postId"]?.string == post.hex && answer.json["voted"]?.bool == true)
            #expect(answer.json["counted"]?.bool == false && answer.json["voteCount"]?.int == 1)
            #expect(answer.json["votesLeftToday"]?.int == 49)

            #expect(try await vote(post.hex, nil).code == "unauthenticated")
            #expect(try await vote(PostID.new().hex, token).code == "not-found")
            #expect(try await vote("nonsense", token).status == 404)
            #expect(try await vote(post.hex, people.token(for: author)).code == "own-post")
            #expect(try await http.send("POST", "/v1/posts/\(post.hex)/vote", token: token).status == 405)

            let counted = try await withThrowingTaskGroup(of: Bool.self) { tasks in
                for _ in 0..<64 { tasks.addTask { try await vote(other.hex, token).json["counted"]?.bool ?? false } }
                return try await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(counted == 1)
            for name in ["una", "due"] {
                // Another voter's partition may take a moment longer to be rebuilt; a vote may be sent again.
                let token = try people.token(for: try await people.add(name), device: name)
                try await eventually("\(name)'s partition") { try await vote(post.hex, token).status == 200 }
            }

            let board = try await eventually("the board") { () -> TestAnswer? in
                let answer = try await http.get("/v1/leaderboards/daily", token: people.token(for: rival))
                return answer.json["items"]?[0]?["score"]?.int == 3 && answer.json["me"] != nil ? answer : nil
            }
            #expect(board.json["items"]?[0]?["user"]?["username"]?.string == "ann")
            #expect(board.json["items"]?[1]?["rank"]?.int == 2 && board.json["me"]?["rank"]?.int == 2)
            #expect(board.json["nextCursor"]?.isNull == true)
            let first = try await http.get("/v1/leaderboards/alltime?limit=1&category=art")
            let cursor = try #require(first.json["nextCursor"]?.string)
            let second = try await http.get("/v1/leaderboards/alltime?limit=1&category=art&cursor=\(cursor)")
            #expect(second.json["items"]?[0]?["user"]?["username"]?.string == "rob" && first.json["me"] == nil)
            let around = try await http.get(
                "/v1/leaderboards/weekly?around=me&limit=1", token: people.token(for: rival))
            #expect(around.json["items"]?[0]?["rank"]?.int == 2)
            #expect(try await http.get("/v1/leaderboards/weekly?around=me").code == "unauthenticated")
            #expect(try await http.get("/v1/leaderboards/hourly").status == 404)
            #expect(try await http.get("/v1/leaderboards/daily?category=nonsense").code == "validation-failed")
            #expect(try await http.get("/v1/leaderboards/daily?limit=0").code == "validation-failed")
            #expect(try await http.get("/v1/leaderboards/daily?cursor=nonsense").code == "invalid-cursor")

            let withdrawn = try await http.send("DELETE", "/v1/posts/\(post.hex)/vote", token: token)
            #expect(withdrawn.status == 200 && withdrawn.json["voteCount"]?.int == 2)
            #expect(withdrawn.json["voted"]?.bool == false && withdrawn.json["counted"] == nil)
        }
    }
}

extension TestStores {
    func post(by author: UserRecord) async throws -> PostID {
        let id = PostID.new()
        var post = PostRecord(
            id: id, userID: author.id, author: author.snapshot, generationID: GenerationID(id.objectID),
            requestKey: id.hex, prompt: "a fox", refinedPrompt: nil, caption: nil, imageUrl: "/i", thumbnailUrl: "/t",
            imageWidth: 8, imageHeight: 8, blurhash: "x", model: "sketch", seed: 1, parameters: GenerationParameters(),
            generationTimeMs: 1, hasWatermark: true, tags: [], category: .art, visibility: .public, createdAt: .now())
        post.moderationStatus = .approved
        try await mongo.collection("posts").insert(post.document)
        return id
    }
}
