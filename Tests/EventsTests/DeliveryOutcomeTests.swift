import Domain
import MongoClient
import RedisClient
import Runtime
import Testing

@testable import Events

@Suite struct DeliveryOutcomeTests {
    private struct Broken: Error {}

    private func isPostponed(_ error: any Error) -> Bool {
        if case .postponed = DeliveryOutcome(error) { true } else { false }
    }

    @Test(
        arguments: [
            RedisError.unavailable("gone"), .connectionLost, .timedOut, .cancelled,
            .server(RedisServerError(code: "LOADING", message: "")),
        ])
    func `while Redis is away an event waits`(error: RedisError) { #expect(isPostponed(error)) }

    @Test(arguments: [MongoError.transient("x"), .commitUnknown("x"), .timeout("x"), .unavailable("x")])
    func `while MongoDB is away an event waits`(error: MongoError) { #expect(isPostponed(error)) }

    @Test func `while the process is full or ends an event waits`() {
        #expect(isPostponed(PoolRejected(pool: "mongo")) && isPostponed(CancellationError()))
        #expect(isPostponed(DeadlineExceeded(allowed: .seconds(1))))
    }

    @Test func `what no attempt mends is rejected, and everything else counts as an attempt`() {
        #expect(DeliveryOutcome(EventRejected("no such person")) == .rejected("no such person"))
        for error: any Error in [
            Broken(), MongoError.validation("x"), RedisError.server(.init(code: "ERR", message: "")),
        ] {
            #expect(DeliveryOutcome(error) == .failed("\(error)"))
        }
    }

    @Test func `an event goes to the stream of its subject`() {
        for _ in 0..<50 {
            let event = UserBanned(
                userID: .new(), reason: "", actor: "", version: 1, at: Instant(milliseconds: 1_795_250_000_000))
            #expect(OutgoingEvent(event, at: event.at).stream == Topic.users.stream(of: event.userID))
        }
    }
}
