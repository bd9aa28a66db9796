import BSON
import Domain
import Foundation
import JSON
import Ledger
import Media
import Records
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import GenerationService

@Suite(.timeLimit(.minutes(10)))
struct HoldLiveTests {
    private let dear: JSONValue = ["prompt": "a lantern festival on a lake at night", "model": "sketch-plus"]

    private func sources(_ studio: Studio, _ person: UserRecord) async throws -> [EntrySource] {
        try await studio.ledger.entries(of: person.id, limit: 50).map(\.source).reversed()
    }

    @Test func `a picture that is there is charged once`() async throws {
        let studio = try await Studio.open()
        let (person, token) = try await studio.person("ann", gems: 2, unlocked: true, tier: .pro)
        try await studio.run { service in
            let created = try await service.http.post("/v1/generations", dear, token: token, key: "k")
            #expect(created.status == 202 && created.json["costGems"]?.int == 1)
            let done = try await service.ended(try #require(created.json["id"]?.string), token: token)
            #expect(done["status"]?.string == "completed" && done["width"]?.int == 1_024)
            #expect(done["hasWatermark"]?.bool == false)
            try await eventually("the capture") { try await sources(studio, person).last == .holdCapture }
            let head = try await studio.ledger.head(of: person.id)
            #expect(head.balance == 1 && head.held == 0)
            #expect(try await sources(studio, person) == [.admin, .modelUnlock, .generation, .holdCapture])
        }
    }

    @Test func `too few gems leave nothing behind, not even a used picture of the day`() async throws {
        let studio = try await Studio.open()
        let (person, token) = try await studio.person("ann", gems: 0, unlocked: true)
        try await studio.run([.api]) { service in
            for number in 0..<7 {
                let answer = try await service.http.post("/v1/generations", dear, token: token, key: "k\(number)")
                #expect(answer.code == "insufficient-gems" && answer.status == 402)
            }
            #expect(try await service.http.get("/v1/generations", token: token).json["items"]?.array?.isEmpty == true)
            #expect(
                try await service.http.post("/v1/generations", ["prompt": "a fox"], token: token, key: "free").status
                    == 202)
            #expect(try await studio.balance(person) == 0)
        }
    }

    @Test func `cancelling gives the gems and the picture of the day back`() async throws {
        let studio = try await Studio.open()
        let (person, token) = try await studio.person("ann", gems: 1, unlocked: true)
        try await studio.run([.api]) { service in
            for number in 0..<7 {
                let created = try await service.http.post("/v1/generations", dear, token: token, key: "k\(number)")
                let id = try #require(created.json["id"]?.string)
                #expect(try await studio.balance(person) == 0)
                #expect(try await service.http.send("DELETE", "/v1/generations/\(id)", token: token).status == 204)
                #expect(try await service.http.send("DELETE", "/v1/generations/\(id)", token: token).status == 204)
                let ended = try await service.http.get("/v1/generations/\(id)", token: token).json
                #expect(ended["status"]?.string == "cancelled" && ended["error"]?["code"]?.string == "cancelled")
                #expect(try await studio.balance(person) == 1)
            }
        }
    }

    @Test func `a worker killed in the middle is replaced, and the picture is charged once`() async throws {
        let studio = try await Studio.open()
        let (person, token) = try await studio.person("ann", gems: 5, unlocked: true)
        try await studio.run([.api]) { service in
            let body: JSONValue = [
                "prompt": "snowy mountains and a lake", "model": "sketch-plus", "width": 1_536, "height": 1_536,
                "steps": 60,
            ]
            let created = try await service.http.post("/v1/generations", body, token: token, key: "k")
            let id = try #require(created.json["id"]?.string)
            let first = try worker(studio)
            try await eventually("the first run") {
                try await studio.job(id)?.status == .processing
            }
            kill(first.processIdentifier, SIGKILL)
            try await eventually("the worker's end") { !first.isRunning }
            #expect(try await studio.job(id)?.status == .processing)

            let second = try worker(studio)
            let done = try await service.ended(id, token: token)
            #expect(done["status"]?.string == "completed")
            try await eventually("the capture") { try await sources(studio, person).last == .holdCapture }
            #expect(try await studio.job(id)?.attempts == 2)
            #expect(try await sources(studio, person) == [.admin, .modelUnlock, .generation, .holdCapture])
            #expect(try await studio.balance(person) == 4)
            second.terminate()
            try await eventually("the worker's end") { !second.isRunning }
        }
    }

    /// A process of its own that paints.
    private func worker(_ studio: Studio) throws -> TestProcess {
        let process = TestProcess(
            "/usr/bin/setpriv",
            ["--pdeathsig", "KILL", try TestDocstore.executable("generation"), "serve", "--only", "worker:dispatch"],
            environment: studio.variables.merging([
                "REDIS_URL": "redis://127.0.0.1:\(studio.stores.redis.port)/0", "MONGODB_URL": studio.stores.mongoURL,
                "CIRCLE_PROFILE": "local", "HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0", "ADMIN_PORT": "0",
                "DRAIN_DELAY_SECONDS": "0",
            ]) { $1 })
        // The thread stays with the process: the parent-death signal goes by thread.
        Thread.detachNewThread {
            guard (try? process.run()) != nil else { return }  // not running is what the test then finds
            process.waitUntilExit()
        }
        return process
    }
}
