import Domain
import Events
import RedisClient
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import CirclectlCommands

@Suite(.timeLimit(.minutes(2))) struct DeadLetterCommandLiveTests {
    private func run(_ redis: RedisClient, _ arguments: String...) async throws -> (code: Int32, lines: [String]) {
        let lines = Locked<[String]>([])
        let code = try await DeadLetterCommand(arguments: arguments).run(on: redis) { line in
            lines.withLock { $0.append(line) }
        }
        return (code, lines.withLock { $0 })
    }

    @Test func `letters are listed, shown and replayed, each with the place it had`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        #expect(try await run(client, "list").lines == ["no dead letters"])
        let isMended = Locked(false)
        let seen = Locked<[String: RedisStreamID]>([:])
        let consumer = EventConsumer(group: "g", redis: client).on(EmailVerified.self) { event in
            guard isMended.withLock({ $0 }) else { throw EventRejected("nobody is called so") }
            seen.withLock { $0[event.payload.userID.hex] = event.position }
        }
        let loop = try TestLoops.shared().loops[0]
        let worker = Task { try await loop.run { try await consumer.run() } }
        defer { worker.cancel() }
        let people = (0..<3).map { _ in UserID.new() }
        for person in people {
            try await EventBus(redis: client).publish(
                EmailVerified(userID: person, referredBy: nil, verifiedAt: .now()), at: .now())
        }
        try await eventually("the letters") { try await run(client, "list").lines == ["g\t3"] }
        let names = try await run(client, "list", "g").lines.compactMap {
            $0.split(separator: "\t").first.map(String.init)
        }
        #expect(names.count == 3)

        let shown = try await run(client, "show", "g", names[0]).lines.joined()
        #expect(shown.contains("reason: nobody is called so") && shown.contains("type: EmailVerified"))
        #expect(try await run(client, "show", "g", "u00/1-1").code == 1)
        #expect(try await run(client, "replay", "g", "nonsense").code == 1)

        isMended.withLock { $0 = true }
        #expect(try await run(client, "replay", "g", names[0]).code == 0)
        #expect(try await run(client, "replay", "g", names[0]).code == 1)  // it is no letter any more
        #expect(try await run(client, "replay", "g", "--all").lines == ["2 handed to g again"])
        try await eventually("all three") { seen.withLock { $0.count } == 3 }
        for person in people {
            let entries = try await client.xrange(Topic.users.stream(of: person), count: 10)
            let position = seen.withLock { $0[person.hex] }
            #expect(entries.contains { $0.id == position }, "not the place that it had")
        }
        #expect(try await run(client, "list").lines == ["no dead letters"])
        await client.close()
    }

    @Test(arguments: [[], ["dance"], ["show", "g"], ["replay", "g"], ["replay"], ["list", "g", "--limit", "none"]])
    func `what is not understood is refused`(arguments: [String]) {
        #expect(throws: UsageError.self) { try DeadLetterCommand(arguments: arguments) }
    }
}
