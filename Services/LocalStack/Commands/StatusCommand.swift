internal import Glibc

/// `stack status`: each process, its health and memory, how often it was restarted, and what waits in its queues.
package struct StatusCommand {
    let settings: StackSettings
    let stack: RunningStack

    package init(settings: StackSettings) {
        self.settings = settings
        stack = RunningStack(settings: settings)
    }

    /// - Returns: 0 when everything is healthy, 1 otherwise.
    package func run() throws -> Int32 {
        guard !stack.overseers.isEmpty, let state = stack.state else {
            StackCommand.say("Nothing runs in \(settings.home). `make up` starts it.")
            return 1
        }
        let plan = try stack.plan()
        StackCommand.say("Circle for Life on \(settings.gatewayURL): \(state.step)")
        StackCommand.say(Self.row("NAME", "PID", "PORT", "HEALTH", "UP", "RESTARTS", "LAST END", "MEMORY"))
        var healthy = true
        var memory = 0
        for process in plan.processes {
            guard let entry = state.entries.first(where: { $0.name == process.name }) else { continue }
            let ready = entry.phase == .running && process.isReady()
            healthy = healthy && ready
            let resident = entry.phase == .running ? ProcessTable.residentBytes(group: entry.process) : 0
            memory += resident
            StackCommand.say(Self.row(entry, port: process.port, ready: ready, resident: resident))
        }
        StackCommand.say("Together \(memory >> 20) MB resident.\n")
        say(Backlogs.read(plan: plan))
        return healthy ? 0 : 1
    }

    private func say(_ backlogs: Backlogs) {
        if backlogs.rows.isEmpty {
            StackCommand.say("No worker has told a backlog yet.")
            return
        }
        StackCommand.say("Backlogs (entries that wait) and queue depths:")
        for row in backlogs.rows {
            StackCommand.say("  \(row.service.padded(to: 14)) \(row.what.padded(to: 58)) \(row.value)")
        }
    }

    private static func row(_ entry: StackState.Entry, port: Int, ready: Bool, resident: Int) -> String {
        let health =
            switch entry.phase {
            case .running: ready ? "ready" : "not ready"
            case .waiting: "restarting"
            case .starting, .stopped: entry.phase.rawValue
            }
        let up = entry.phase == .running ? duration(Int(Clock.wall) - entry.since) : "-"
        return row(
            entry.name, entry.process == 0 ? "-" : "\(entry.process)", "\(port)", health, up, "\(entry.restarts)",
            entry.lastEnding.isEmpty ? "-" : entry.lastEnding, "\(resident >> 20) MB")
    }

    private static func row(_ columns: String...) -> String {
        let widths = [14, 9, 7, 11, 9, 10, 18, 8]
        return zip(columns, widths).map { $0.padded(to: $1) }.joined()
    }

    static func duration(_ seconds: Int) -> String {
        switch seconds {
        case ..<120: "\(max(0, seconds)) s"
        case ..<7_200: "\(seconds / 60) min"
        default: "\(seconds / 3_600) h"
        }
    }
}
