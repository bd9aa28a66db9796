internal import Glibc

/// The parent of the supervisor: starts it again when it is killed. It does nothing else, so there is little that
/// could end it; where somebody does, `stack up` puts things right.
package struct Guardian {
    let home: StackHome
    let program: String

    package init(home: StackHome, program: String) {
        self.home = home
        self.program = program
    }

    package func run() throws {
        let signals = try SignalQueue([SIGCHLD, SIGTERM, SIGINT])
        try Files.enter(home.run)
        try Files.write("\(getpid())\n", to: home.pidFile("stack"))
        defer { Files.remove(home.pidFile("stack")) }
        let supervisor = Launch(
            program: program, arguments: ["supervise"], environment: CallerEnvironment.all,
            logFile: home.logFile("stack"))
        var backoff = Backoff(first: 0.2)
        while true {
            let started = Clock.monotonic
            let child = try supervisor.start(diesWithParent: false)
            guard let ending = watch(child, signals), ending != .exit(0) else { return }
            StackCommand.report("the supervisor ended (\(ending)) and is started again")
            let pause = backoff.pause(afterLiving: Clock.monotonic - started)
            if !signals.wait(seconds: pause).isDisjoint(with: [SIGTERM, SIGINT]) { return }
        }
    }

    /// Waits for the supervisor's end.
    ///
    /// - Returns: how it ended, or nil when that was asked for.
    private func watch(_ child: Int32, _ signals: SignalQueue) -> Ending? {
        var asked = false
        while true {
            let received = signals.wait(seconds: 5)
            if !received.isDisjoint(with: [SIGTERM, SIGINT]) {
                asked = true
                kill(child, SIGTERM)
            }
            var status: Int32 = 0
            if waitpid(child, &status, WNOHANG) == child { return asked ? nil : Ending(status: status) }
        }
    }
}
