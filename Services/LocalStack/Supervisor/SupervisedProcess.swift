internal import Glibc

/// One process under supervision: started, watched, started again.
final class SupervisedProcess {
    let plan: ProcessPlan
    private(set) var process: Int32 = 0
    private(set) var restarts = 0
    private(set) var lastEnding = ""
    private(set) var startAt: Double?
    private var startedAt: Double = 0
    private var since = 0
    private var backoff = Backoff()
    private let pidFile: String

    init(plan: ProcessPlan, home: StackHome) {
        self.plan = plan
        pidFile = home.pidFile(plan.name)
    }

    var isRunning: Bool { process != 0 }

    var entry: StackState.Entry {
        let phase: StackState.Phase = isRunning ? .running : startAt != nil ? .waiting : .stopped
        return StackState.Entry(
            name: plan.name, phase: phase, process: process, since: since, restarts: restarts,
            lastEnding: lastEnding)
    }

    func start() {
        startAt = nil
        do {
            process = try plan.launch.start(diesWithParent: true)
            startedAt = Clock.monotonic
            since = Int(Clock.wall)
            try Files.write("\(process)\n", to: pidFile)
        } catch {
            process = 0
            ended("\(error)")
        }
    }

    /// Notes the end of the process, ends the rest of its group (nginx's worker) and plans the next start.
    func ended(_ reason: String) {
        if process != 0 { kill(-process, SIGKILL) }
        process = 0
        lastEnding = reason
        restarts += 1
        Files.remove(pidFile)
        startAt = Clock.monotonic + backoff.pause(afterLiving: Clock.monotonic - startedAt)
    }

    /// Asks the process to end; nginx passes the signal on to its workers by itself.
    func askToStop() {
        startAt = nil
        if isRunning { kill(process, SIGTERM) }
    }

    func stopped(_ reason: String) {
        if process != 0 { kill(-process, SIGKILL) }
        process = 0
        startAt = nil
        lastEnding = reason
        Files.remove(pidFile)
    }

    func stopNow() {
        if isRunning { kill(-process, SIGKILL) }
    }
}
