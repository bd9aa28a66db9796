import JSON
import RedisClient
import ServiceKit

/// How each service is, from the last words of its processes.
struct PlatformStatus: Sendable {
    /// Every service that a platform has; one that nobody heard of is down.
    static let services = [
        "auth", "feed", "voting", "gems", "moderation", "generation", "notifications", "social", "analytics",
    ]

    struct Answer: JSONWritable, Sendable, Equatable {
        let status: String
        let services: [(name: String, status: String)]

        static func == (left: Answer, right: Answer) -> Bool {
            left.status == right.status && left.services.elementsEqual(right.services, by: ==)
        }

        func write(to writer: inout JSONWriter) {
            writer.object {
                $0.field("status", status)
                $0.object("services") { for service in services { $0.field(service.name, service.status) } }
            }
        }
    }

    static let schema = Schema.object(
        .required("status", state), .required("services", .map(of: state, count: 100)))
    private static let state = Schema.enumeration(["ok", "degraded", "down"])

    let heartbeats: Heartbeats

    func current() async throws -> Answer { Self.judge(try await heartbeats.read()) }

    /// A service is `ok` when every process heard of lately is, `down` when none is that answers requests, and
    /// `degraded` in between: also while a process that did not say good-bye is missing.
    static func judge(_ beats: [(beat: Heartbeats.Beat, silentFor: Duration)]) -> Answer {
        let states = services.map { name in
            let processes = beats.filter { $0.beat.service == name }
            let alive = processes.filter { $0.silentFor <= Heartbeats.silence }
            let answering = alive.filter { $0.beat.roles.contains("api") && $0.beat.status != "down" }
            let missed = processes.contains { process in
                process.silentFor > Heartbeats.silence && !alive.contains { covers($0.beat, process.beat) }
            }
            let isWhole = !missed && alive.allSatisfy { $0.beat.status == "ok" }
            return (name: name, status: answering.isEmpty ? "down" : isWhole ? "ok" : "degraded")
        }
        let isOK = states.allSatisfy { $0.status == "ok" }
        let isDown = states.allSatisfy { $0.status == "down" }
        return Answer(status: isOK ? "ok" : isDown ? "down" : "degraded", services: states)
    }

    /// Whether a living process does all that a silent one did: then it has taken its place.
    private static func covers(_ living: Heartbeats.Beat, _ silent: Heartbeats.Beat) -> Bool {
        silent.roles.allSatisfy(living.roles.contains)
    }
}
