/// What waits in the streams and queues of each service, read from its metrics.
package struct Backlogs: Sendable, Equatable {
    package struct Row: Sendable, Equatable {
        package let service: String
        package let what: String
        package let value: String
    }

    package private(set) var rows: [Row] = []

    static let families = ["circle_worker_backlog", "circle_stream_lag", "circle_queue_depth", "circle_dead_letters"]

    package static func read(plan: StackPlan) -> Backlogs {
        var backlogs = Backlogs()
        for name in StackServices.names {
            do {
                let answer = try HTTPWire(port: plan.ports.admin(name), timeout: 2).request("GET", "/metrics")
                backlogs.add(metrics: answer.text, of: name)
            } catch {
                continue  // A service that is down has no metrics; the table above says so.
            }
        }
        return backlogs
    }

    /// Picks the samples that tell of waiting work out of Prometheus' text format.
    package mutating func add(metrics: String, of service: String) {
        for line in metrics.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            let sample = line[..<space]
            let family = sample.prefix { $0 != "{" }
            guard Self.families.contains(String(family)) else { continue }
            rows.append(Row(service: service, what: String(sample), value: String(line[line.index(after: space)...])))
        }
    }
}
