internal import Glibc

/// Waits until every process of the stack does its work, and tells the person who waits.
struct Readiness {
    let plan: StackPlan
    let stack: RunningStack

    /// - Returns: whether everything became ready in time.
    func wait(atMost seconds: Double) -> Bool {
        let deadline = Clock.monotonic + seconds
        var missing = plan.processes
        var told = ""
        while true {
            let state = stack.state
            if let step = state?.step, step != told {
                told = step
                if step != "running" { StackCommand.say("  \(step)") }
            }
            let running = Set(state?.entries.filter { $0.phase == .running }.map(\.name) ?? [])
            missing.removeAll { process in
                guard running.contains(process.name), process.isReady() else { return false }
                StackCommand.say("  \(process.name.padded(to: 14)) ready on port \(process.port)")
                return true
            }
            if missing.isEmpty && state?.step == "running" { return true }
            if Clock.monotonic > deadline || stack.overseers.isEmpty && startedLongAgo(deadline, seconds) {
                complain(missing, state)
                return false
            }
            Clock.pause(seconds: 0.1)
        }
    }

    /// The guardian needs a moment until its pid file is there.
    private func startedLongAgo(_ deadline: Double, _ seconds: Double) -> Bool {
        Clock.monotonic > deadline - seconds + 5
    }

    private func complain(_ missing: [ProcessPlan], _ state: StackState?) {
        StackCommand.report("not ready: \(missing.map(\.name).joined(separator: ", "))")
        if stack.overseers.isEmpty { tail("stack") }
        for process in missing {
            if let entry = state?.entries.first(where: { $0.name == process.name }), entry.restarts > 0 {
                StackCommand.report("\(process.name) ended \(entry.restarts) times, at last with \(entry.lastEnding)")
            }
            if let doubts = doubts(of: process) { StackCommand.report("\(process.name) says: \(doubts)") }
            tail(process.name)
        }
    }

    /// What a service itself says of why it is not ready.
    private func doubts(of process: ProcessPlan) -> String? {
        guard let port = process.adminPort else { return nil }
        do {
            return try HTTPWire(port: port, timeout: 2).request("GET", "/readyz?verbose").text
        } catch {
            return nil  // It does not even answer; its log says why.
        }
    }

    private func tail(_ name: String) {
        let log = plan.home.logFile(name)
        guard let lines = Files.text(log)?.split(separator: "\n").suffix(5), !lines.isEmpty else { return }
        StackCommand.report("the end of \(log):")
        for line in lines { StackCommand.report("    \(line)") }
    }
}

extension String {
    func padded(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }

    func padded(left width: Int) -> String {
        count >= width ? self : String(repeating: " ", count: width - count) + self
    }
}
