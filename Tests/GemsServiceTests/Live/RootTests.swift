import BSON
import Domain
import JSON
import Ledger
import Security
import TestSupport
import Testing

@testable import GemsService

struct RootTests {
    private static let secret = "a secret that no deployment may ever use"

    /// Three days of entries of a few people, and the roots of the days that are over.
    private func published(_ gems: GemsFixture) async throws -> [String] {
        let people = (0..<5).map { _ in UserID.new() }
        for day in 0..<3 {
            for person in people.prefix(5 - day) { for _ in 0..<2 { try await gems.give(3, to: person) } }
            if day < 2 { gems.advance(.days(1)) }
        }
        return try await PublishRoots(database: gems.database, secret: Self.secret)(at: gems.now + .days(1))
    }

    @Test func `each day that is over is signed once, and the books agree with it`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            #expect(try await published(gems).count == 3)
            let publish = PublishRoots(database: gems.database, secret: Self.secret)
            #expect(try await publish(at: gems.now + .days(1)) == [])
            // A day without entries has a root too, or the days would not follow one another.
            #expect(try await publish(at: gems.now + .days(2)).count == 1)
            let report = try await gems.verify()
            #expect(report.isClean && report.roots == 4, "\(report.disagreements)")
        }
    }

    @Test func `a day is not signed before late entries of it can no longer come`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            try await gems.give(3, to: .new())
            let publish = PublishRoots(database: gems.database, secret: Self.secret)
            #expect(try await publish(at: gems.now.nextUTCDay + .minutes(14)) == [])
            #expect(try await publish(at: gems.now.nextUTCDay + .minutes(15)) == [gems.now.utcDay])
        }
    }

    @Test func `whole books that are missing or changed, and roots that are, are found`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let days = try await published(gems)
            let entries = gems.client.collection("gem_transactions")
            // The newest entry of somebody: no chain shows that it is gone.
            let newest = try #require(try await entries.findOne([:], sort: ["createdAt": -1, "seq": -1]))
            try await entries.delete(["_id": newest["_id"] ?? .null])
            let shortened = try await gems.verify()
            #expect(shortened.faults.isEmpty && !shortened.isClean)
            #expect(shortened.disagreements.allSatisfy { $0.hasPrefix("root of \(days[2])") })
            try await entries.insert(newest)
            #expect(try await gems.verify().isClean)
            let roots = gems.client.collection("ledger_roots")
            let second = try #require(try await roots.findByID(.string(days[1])))
            try await roots.update(["_id": .string(days[1])], ["$inc": ["entries": .int64(1)]])
            #expect(try await gems.verify().disagreements.contains { $0.contains("signature") })
            try await roots.delete(["_id": .string(days[1])])
            #expect(try await gems.verify().disagreements.contains { $0.contains("missing") })
            try await roots.insert(second)
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `an entry of midnight is one of the day that begins`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            try await gems.give(1, to: .new())
            gems.clock.withLock { $0 = $0.nextUTCDay }
            try await gems.give(2, to: .new())
            let publish = PublishRoots(database: gems.database, secret: Self.secret)
            #expect(try await publish(at: gems.now + .days(2)).count == 2)
            let report = try await gems.verify()
            #expect(report.isClean && report.roots == 2, "\(report.disagreements)")
            // A day that was not over then is not compared with a part of its entries.
            try await gems.give(3, to: .new())
            let options = VerifyBooks.Options(asOf: gems.now)
            let early = try await VerifyBooks(
                database: gems.database, economy: gems.economy, now: gems.now, options: options
            ).run()
            #expect(early.isClean && early.roots == 1, "\(early.disagreements)")
        }
    }

    @Test func `a root signed over other entries, or after another day, is found although it is signed`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let days = try await published(gems)
            let roots = gems.client.collection("ledger_roots")
            let row = try #require(try await roots.findByID(.string(days[2])))
            let right = try SignedRoot(row).root
            let forged = [
                ("entries were signed", [UInt8]?.none, right.entries + 1, right.previousRoot),
                ("are not those that were signed", [UInt8](repeating: 7, count: 32), right.entries, right.previousRoot),
                ("does not follow the day before", nil, right.entries, right.root),
            ]
            for (reason, hash, entries, previous) in forged {
                let root = LedgerRoot(
                    day: right.day, root: hash ?? right.root, people: right.people, entries: entries,
                    previousRoot: previous)
                let signed = try await RootKeys(database: gems.database).sign(
                    root, secret: Self.secret, at: gems.now)
                try await roots.delete(["_id": .string(right.day)])
                try await roots.insert(signed.document)
                let found = try await gems.verify().disagreements
                #expect(found.count == 1 && found.allSatisfy { $0.hasPrefix("root of \(right.day)") })
                #expect(found.first?.contains(reason) == true, "\(found)")
            }
        }
    }

    @Test func `a root is published with its key, and anybody can check it`() async throws {
        let stores = try await TestStores.fresh()
        _ = try await TestPeople(stores)
        let ledger = Ledger(database: stores.mongo.database, now: { .now() - .days(2) })
        try await ledger.award(5, to: .new(), source: .admin, key: "start")
        try await withService(GemsService.definition, on: stores) { gems in
            let day = (Instant.now() - .days(2)).utcDay
            try await eventually("the root") { try await gems.http.get("/v1/gems/roots/\(day)").status == 200 }
            let root = try await gems.http.get("/v1/gems/roots/\(day)").json
            let keys = try await gems.http.get("/v1/gems/root-keys").json
            #expect(keys["keys"]?[0]?["kid"] == root["kid"])
            let parts = try #require(root["signature"]?.string).split(separator: ".").map(String.init)
            let statement = try JSONParser.parse(try #require(Base64URL.decode(parts[1])))
            #expect(statement["root"] == root["root"] && statement["day"]?.string == day)
            let stored = try #require(try await RootKeys(database: stores.mongo.database).published().first)
            let isValid = try RSAPublicKey(der: stored.publicDER).isValid(
                signature: try #require(Base64URL.decode(parts[2])), for: Array("\(parts[0]).\(parts[1])".utf8))
            #expect(isValid)
            #expect(try await gems.http.get("/v1/gems/roots?limit=1").json["items"]?.array?.count == 1)
            #expect(try await gems.http.get("/v1/gems/roots/today").status == 404)
        }
    }
}
