import Testing

@testable import ServiceKit

@Suite struct HealthStateTests {
    @Test func `the first success counts at once`() {
        var state = HealthState()
        #expect(!state.isUp)
        state.record(.success)
        #expect(state.isUp)
    }

    @Test func `three failures in a row bring it down, two do not`() {
        var state = HealthState()
        state.record(.success)
        state.record(.failure("x"))
        state.record(.failure("x"))
        #expect(state.isUp)
        state.record(.success)
        state.record(.failure("x"))
        state.record(.failure("x"))
        #expect(state.isUp)
        state.record(.failure("y"))
        #expect(!state.isUp)
        #expect(state.reason == "y")
    }

    @Test func `after a fall two successes bring it back`() {
        var state = HealthState()
        state.record(.success)
        for _ in 0..<3 { state.record(.failure("x")) }
        state.record(.success)
        #expect(!state.isUp)
        state.record(.failure("x"))
        state.record(.success)
        #expect(!state.isUp)
        state.record(.success)
        #expect(state.isUp)
        #expect(state.reason == nil)
    }
}
