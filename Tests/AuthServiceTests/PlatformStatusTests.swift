import ServiceKit
import Testing

@testable import AuthService

@Suite struct PlatformStatusTests {
    private func beat(
        _ service: String, _ instance: String = "a", roles: [String] = ["api"], _ status: String = "ok", silent: Int = 1
    ) -> (beat: Heartbeats.Beat, silentFor: Duration) {
        (.init(service: service, instance: instance, roles: roles, status: status), .seconds(silent))
    }

    private func judge(_ beats: [(beat: Heartbeats.Beat, silentFor: Duration)], _ service: String = "gems") -> String? {
        PlatformStatus.judge(beats).services.first { $0.name == service }?.status
    }

    @Test func `a service that nobody heard of is down`() {
        #expect(judge([]) == "down")
        #expect(PlatformStatus.judge([]).status == "down")
    }

    @Test func `all is well when every service answers`() {
        #expect(PlatformStatus.judge(PlatformStatus.services.map { beat($0) }).status == "ok")
    }

    @Test func `a worker that fell silent degrades its service until another takes its place`() {
        let silent = beat("gems", "b", roles: ["worker:settlement"], silent: 60)
        #expect(judge([beat("gems"), silent]) == "degraded")
        #expect(judge([beat("gems"), silent, beat("gems", "c", roles: ["worker:settlement"])]) == "ok")
    }

    @Test func `a process that is not ready does not count as answering`() {
        #expect(judge([beat("gems", "a", roles: ["api"], "down")]) == "down")
        #expect(judge([beat("gems", "a", roles: ["api"], "down"), beat("gems", "b")]) == "degraded")
        #expect(judge([beat("gems", "a", roles: ["api"], "degraded")]) == "degraded")
    }
}
