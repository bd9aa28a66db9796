import BSON
import Domain
import HTTPClient
import JSON
import Media
import Records
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import GenerationService

@Suite(.timeLimit(.minutes(3)))
struct GenerationAPILiveTests {
    @Test func `a picture is asked for, painted, watched and looked at`() async throws {
        let studio = try await Studio.open()
        let (_, token) = try await studio.person("ann")
        let (_, stranger) = try await studio.person("bob")
        try await studio.run { service in
            let http = service.http
            let body: JSONValue = ["prompt": "a calm sea at sunset", "seed": 42]
            let created = try await http.post("/v1/generations", body, token: token, key: "one")
            #expect(created.status == 202)
            let id = try #require(created.json["id"]?.string)
            #expect(created.json["model"]?.string == "sketch" && created.json["seed"]?.int == 42)
            #expect(created.json["costGems"]?.int == 0 && created.json["refinedPrompt"] == .null)

            let again = try await http.post("/v1/generations", body, token: token, key: "one")
            #expect(again.status == 202 && again.json["id"]?.string == id)
            #expect(again.header("Idempotency-Replayed") == "true")

            let done = try await service.ended(id, token: token)
            #expect(done["status"]?.string == "completed" && done["width"]?.int == 768 && done["height"]?.int == 768)
            #expect(done["hasWatermark"]?.bool == true && done["blurhash"]?.string?.isEmpty == false)
            #expect(done["startedAt"]?.string != nil && done["completedAt"]?.string != nil)

            let image = try await http.get(Studio.local(try #require(done["imageUrl"]?.string)))
            #expect(image.status == 200 && image.header("Content-Type") == "image/png")
            let size = try await MediaWorkshop().dimensions(of: image.bytes)
            #expect(size.width == 768 && size.height == 768)
            let thumbnail = try await http.get(Studio.local(try #require(done["thumbnailUrl"]?.string)))
            let small = try await MediaWorkshop().dimensions(of: thumbnail.bytes)
            #expect(small.width == 384 && thumbnail.bytes.count < image.bytes.count)

            let bare = Studio.local(done["imageUrl"]?.string ?? "").split(separator: "?")[0]
            #expect(try await http.get(String(bare)).code == "not-found")
            #expect(try await http.get("\(bare)?expires=99999999999&signature=nonsense").code == "forbidden")
            #expect(try await http.get("/v1/generations/\(id)", token: stranger).code == "not-found")
            #expect(try await http.send("DELETE", "/v1/generations/\(id)", token: stranger).code == "not-found")
            #expect(try await http.get("/v1/generations/\(id)").code == "unauthenticated")
            let list = try await http.get("/v1/generations", token: token).json
            #expect(list["items"]?.array?.map { $0["id"]?.string } == [id] && list["nextCursor"] == .null)

            #expect(try await http.send("DELETE", "/v1/generations/\(id)", token: token).status == 204)
            #expect(try await http.get("/v1/generations/\(id)", token: token).code == "not-found")
            #expect(try await http.get(Studio.local(try #require(done["imageUrl"]?.string))).code == "not-found")
        }
    }

    @Test func `watchers hear of every step, and go on where they left`() async throws {
        let studio = try await Studio.open()
        let (_, token) = try await studio.person("ann")
        try await studio.run { service in
            let created = try await service.http.post(
                "/v1/generations", ["prompt": "misty forest"], token: token, key: "k")
            let id = try #require(created.json["id"]?.string)
            let whole = try await events(of: id, service, token: token, after: nil)
            let names = whole.map(\.name)
            #expect(names.first == "queued" && names.contains("started") && names.contains("progress"))
            #expect(names.last == "completed" && names.filter { $0 == "completed" }.count == 1)
            let late = try await events(of: id, service, token: token, after: whole[1].id)
            #expect(late.map(\.id) == whole.dropFirst(2).map(\.id))
            let over = try await service.http.send(
                "GET", "/v1/generations/\(id)/events", token: token, headers: [("Last-Event-ID", whole.last?.id ?? "")])
            #expect(over.status == 204)
        }
    }

    @Test func `a revoked session's stream ends at once`() async throws {
        let studio = try await Studio.open()
        let person = try await studio.people.add("ann")
        let session = SessionID.new()
        let token = try studio.people.token(for: person, session: session)
        try await studio.run([.api]) { service in
            let created = try await service.http.post("/v1/generations", ["prompt": "a fox"], token: token, key: "k")
            let id = try #require(created.json["id"]?.string)
            async let watched = service.http.send("GET", "/v1/generations/\(id)/events", token: token)
            try await eventually("the stream to be open") {
                let channels = try await service.context.redis.send(["PUBSUB", "CHANNELS", "generation:progress:*"])
                return channels.array?.isEmpty == false
            }
            service.context.revocations.apply([.session(session)], now: .now())
            #expect(try await watched.text.contains("event: queued"))
        }
    }

    private struct Heard { var name = "", id = "" }

    /// Reads the stream to its end.
    private func events(of id: String, _ service: TestService, token: String, after last: String?) async throws
        -> [Heard]
    {
        let headers = last.map { [(name: "Last-Event-ID", value: $0)] } ?? []
        let answer = try await service.http.send("GET", "/v1/generations/\(id)/events", token: token, headers: headers)
        #expect(answer.status == 200 && answer.header("Content-Type") == "text/event-stream")
        return answer.text.split(separator: "\n\n", omittingEmptySubsequences: true).compactMap { block in
            var heard = Heard()
            for line in block.split(separator: "\n") {
                if line.hasPrefix("event: ") { heard.name = String(line.dropFirst(7)) }
                if line.hasPrefix("id: ") { heard.id = String(line.dropFirst(4)) }
            }
            return heard.name.isEmpty ? nil : heard
        }
    }

    @Test func `every refusal is the one that is written down`() async throws {
        let studio = try await Studio.open()
        let (_, token) = try await studio.person("ann")
        try await studio.run([.api]) { service in
            func code(_ body: JSONValue, key: String = "\(UInt64.random(in: .min ... .max))") async throws -> String {
                let answer = try await service.http.post("/v1/generations", body, token: token, key: key)
                return "\(answer.status) \(answer.code ?? "")"
            }
            #expect(try await code(["prompt": "a", "model": "flux"]) == "503 model-unavailable")
            #expect(try await code(["prompt": "a", "model": "sketch-plus"]) == "403 model-locked")
            #expect(
                try await code(["prompt": "a", "model": "sketch-plus", "maxCostGems": 0]) == "409 cost-exceeds-limit")
            #expect(try await code(["prompt": "a", "model": "nonsense"]) == "422 validation-failed")
            #expect(try await code(["prompt": "a", "width": 100]) == "422 validation-failed")
            #expect(try await code(["prompt": "child pornography"]) == "422 prompt-rejected")
            let bare = try await service.http.post("/v1/generations", ["prompt": "a"], token: token)
            #expect(bare.code == "idempotency-key-required")
            #expect(try await service.http.get("/v1/generations/nonsense", token: token).code == "not-found")
            #expect(try await service.http.get("/v1/generations?cursor=x", token: token).code == "invalid-cursor")
            let quote = try await service.http.post(
                "/v1/generations/quote", ["prompt": "a", "model": "sketch-plus"], token: token)
            #expect(quote.status == 200 && quote.json["costGems"]?.int == 1 && quote.json["position"]?.int == 1)
            #expect(
                quote.json["estimatedSeconds"]?.int ?? 0 > 0 && quote.json["refundPolicy"]?.string?.isEmpty == false)
        }
    }

    @Test func `models tell what they cost and who may use them`() async throws {
        let studio = try await Studio.open()
        let (_, token) = try await studio.person("ann", gems: 5, unlocked: true)
        try await studio.run([.api]) { service in
            let anonymous = try await service.http.get("/v1/generations/models").json["items"]?.array ?? []
            #expect(
                anonymous.map { $0["id"]?.string } == ["sketch", "sketch-plus", "sdxl-turbo", "flux", "midjourney"])
            #expect(anonymous.map { $0["available"]?.bool } == [true, true, false, false, false])
            #expect(anonymous.allSatisfy { $0["unlocked"] == nil })
            let own = try await service.http.get("/v1/generations/models", token: token).json["items"]?.array ?? []
            #expect(own.map { $0["unlocked"]?.bool } == [true, true, true, false, false])
        }
    }

    @Test func `the sixth picture of a free day is refused, also after Redis forgot everything`() async throws {
        let studio = try await Studio.open()
        let (person, token) = try await studio.person("ann")
        try await studio.run([.api]) { service in
            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        try await service.http.post(
                            "/v1/generations", ["prompt": "a fox"], token: token, key: "k\(number)"
                        ).status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(answers.filter { $0 == 202 }.count == 5 && answers.filter { $0 == 429 }.count == 7)
            let refused = try await service.http.post("/v1/generations", ["prompt": "a fox"], token: token, key: "next")
            #expect(refused.code == "generation-quota-exceeded" && Int(refused.header("Retry-After") ?? "") ?? 0 > 0)

            _ = try await service.context.redis.send(["FLUSHALL"])
            let after = try await service.http.post("/v1/generations", ["prompt": "a fox"], token: token, key: "after")
            #expect(after.code == "generation-quota-exceeded")

            // Somebody just made a pro may go on, although the token does not say so yet.
            try await studio.stores.mongo.collection(UserRecord.collection.name).update(
                ["_id": .id(person.id)], ["$set": ["tier": "pro"]])
            let pro = try await service.http.post("/v1/generations", ["prompt": "a fox"], token: token, key: "pro")
            #expect(pro.status == 202)
        }
    }
}
