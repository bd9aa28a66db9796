internal import Glibc

/// The stack in a state folder, as the commands see it: running or not, and with which ports.
package struct RunningStack {
    let settings: StackSettings
    let home: StackHome

    package init(settings: StackSettings) {
        self.settings = settings
        home = StackHome(settings.home)
    }

    /// The guardian and the supervisor, as far as they live.
    var overseers: [Int32] {
        ["stack", "supervisor"].compactMap { name in
            guard let process = home.processID(name), ProcessTable.isAlive(process),
                ProcessTable.program(process).map(Files.name(of:)) == "stack",
                let folder = ProcessTable.directory(process), folder == Files.resolved(home.run)
            else { return nil }
            return process
        }
    }

    var rememberedPorts: StackPorts? {
        Files.text(home.ports).flatMap { StackPorts.parse($0, gateway: settings.port) }
    }

    var state: StackState? {
        Files.text(home.state).flatMap(StackState.parse)
    }

    /// The plan with the ports that `up` has chosen.
    package func plan() throws -> StackPlan {
        guard let ports = rememberedPorts else {
            throw StackError("no stack for port \(settings.port) in \(settings.home): run `make up`")
        }
        return try StackPlan(settings: settings, ports: ports)
    }

    /// Stops the stack, whatever is left of it.
    ///
    /// - Returns: whether there was anything to stop.
    @discardableResult
    func stop() -> Bool {
        let running = overseers
        for process in running { kill(process, SIGTERM) }
        let deadline = Clock.monotonic + 60
        var told = ""
        while !overseers.isEmpty {
            if let step = state?.step, step != told, step.hasPrefix("stop") {
                told = step
                StackCommand.say("  \(step)")
            }
            if Clock.monotonic > deadline {
                for process in overseers { kill(process, SIGKILL) }
            }
            Clock.pause(seconds: 0.05)
        }
        let leftovers = Leftovers(home: settings.home, programs: Self.programs)
        let found = !leftovers.processes.isEmpty
        leftovers.end()
        for name in ["stack", "supervisor", "redis", "docstore", "gateway"] + StackServices.names {
            Files.remove(home.pidFile(name))
        }
        return !running.isEmpty || found
    }

    /// The names of programs that a stack may have started, also without a plan at hand.
    package static var programs: Set<String> {
        Set(["redis-server", "redis-check-rdb", "nginx", "docstore", "mongod"] + StackServices.names)
    }
}
