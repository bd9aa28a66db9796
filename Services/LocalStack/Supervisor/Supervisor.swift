internal import CLinux
internal import Glibc

/// Starts the stack's processes in order, starts again what dies, and stops them in reverse.
///
/// One thread, no callbacks: it waits for a signal (a child ended, somebody wants it to stop) or for the next start
/// that is due. Its children die with it, because the kernel is told so at their start.
package final class Supervisor {
    private let plan: StackPlan
    private let home: StackHome
    private let children: [SupervisedProcess]
    private let signals: SignalQueue
    private var step = "starting"
    private var published = ""

    package init(plan: StackPlan) throws {
        self.plan = plan
        home = plan.home
        signals = try SignalQueue([SIGCHLD, SIGTERM, SIGINT])
        let home = home
        children = plan.processes.map { SupervisedProcess(plan: $0, home: home) }
    }

    /// Runs until it is told to stop.
    package func run() throws {
        _ = cl_become_subreaper()
        // By this folder a later `up` or `down` knows the stack's processes, should nobody be left who started them.
        try Files.enter(home.run)
        Leftovers(plan: plan).end()
        try Files.write("\(getpid())\n", to: home.pidFile("supervisor"))
        defer { Files.remove(home.pidFile("supervisor")) }
        if bringUp() {
            say("running")
            while turn(atMost: 3_600) {}
        }
        bringDown()
    }

    /// - Returns: false when it was told to stop on the way.
    private func bringUp() -> Bool {
        start(.store)
        say("waiting for the stores")
        guard wait({ self.isReady(.store) }) else { return false }
        guard migrate() else { return false }
        say("collecting the services' OpenAPI documents")
        collectDocuments()
        start(.service)
        start(.gateway)
        return true
    }

    private func migrate() -> Bool {
        while true {
            say("creating collections and indexes")
            let ending: String
            do {
                let task = try plan.task("auth", ["migrate"], log: "migrate")
                let result = try task.run(deadline: 120)
                if result == .exit(0) { return true }
                ending = "\(result)"
            } catch {
                ending = "\(error)"
            }
            say("`auth migrate` failed (\(ending), see \(home.logFile("migrate"))): trying again")
            let until = Clock.monotonic + 2
            guard wait({ Clock.monotonic > until }) else { return false }
        }
    }

    private func collectDocuments() {
        let collection = OpenAPICollection(
            binaries: plan.settings.binaries, server: plan.settings.gatewayURL, scratch: home.run)
        do {
            let silent = try collection.write(to: home.openAPI)
            if !silent.isEmpty { StackCommand.report("no OpenAPI document from \(silent.joined(separator: ", "))") }
        } catch {
            StackCommand.report("the OpenAPI document could not be written: \(error)")
        }
    }

    private func start(_ stage: ProcessPlan.Stage) {
        for child in children where child.plan.stage == stage { child.start() }
        publish()
    }

    private func isReady(_ stage: ProcessPlan.Stage) -> Bool {
        children.allSatisfy { $0.plan.stage != stage || ($0.isRunning && $0.plan.isReady()) }
    }

    /// Keeps supervising until the condition holds.
    private func wait(_ condition: () -> Bool) -> Bool {
        while !condition() {
            if !turn(atMost: 0.05) { return false }
        }
        return true
    }

    /// Waits for the next thing to do and does it.
    ///
    /// - Returns: false when it was told to stop.
    private func turn(atMost seconds: Double) -> Bool {
        let due = children.compactMap(\.startAt).min().map { max(0, $0 - Clock.monotonic) } ?? seconds
        let received = signals.wait(seconds: min(due, seconds))
        reap()
        for child in children where child.startAt.map({ $0 <= Clock.monotonic }) == true { child.start() }
        publish()
        return !received.contains(SIGTERM) && !received.contains(SIGINT)
    }

    private func reap() {
        while true {
            var status: Int32 = 0
            let process = waitpid(-1, &status, WNOHANG)
            if process <= 0 { return }
            children.first { $0.process == process }?.ended("\(Ending(status: status))")
        }
    }

    private func say(_ step: String) {
        self.step = step
        publish()
    }

    private func publish() {
        let text = StackState(step: step, entries: children.map(\.entry)).text
        guard text != published else { return }
        published = text
        do {
            try Files.write(text, to: home.state)
        } catch {
            // The state file only informs; what it describes goes on.
        }
    }
}

// Stopping.
extension Supervisor {
    private func bringDown() {
        say("stopping")
        stop([.gateway], within: 5)
        stop([.service], within: 20)
        stop([.store], within: 15)
        say("stopped")
    }

    /// Asks all processes of a stage to end, and ends those that have not done so in time.
    private func stop(_ stages: Set<ProcessPlan.Stage>, within seconds: Double) {
        let leaving = children.filter { stages.contains($0.plan.stage) }
        for child in leaving { child.askToStop() }
        let deadline = Clock.monotonic + seconds
        while leaving.contains(where: \.isRunning) {
            var status: Int32 = 0
            let process = waitpid(-1, &status, WNOHANG)
            if process > 0 {
                children.first { $0.process == process }?.stopped("\(Ending(status: status))")
            } else if Clock.monotonic > deadline {
                for child in leaving { child.stopNow() }
                _ = signals.wait(seconds: 0.05)
            } else {
                _ = signals.wait(seconds: 0.05)
            }
        }
        publish()
    }
}
