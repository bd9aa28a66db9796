internal import Glibc

/// `stack up`: brings the stack into the wanted state from whatever state it is in.
package struct UpCommand {
    let settings: StackSettings
    let home: StackHome
    let stack: RunningStack
    let playsDemo: Bool

    package init(settings: StackSettings, playsDemo: Bool = true) {
        self.settings = settings
        self.playsDemo = playsDemo
        home = StackHome(settings.home)
        stack = RunningStack(settings: settings)
    }

    package func run() throws -> Int32 {
        let started = Clock.monotonic
        try home.create()
        let plan = try home.locked { try ensureRunning() }
        guard Readiness(plan: plan, stack: stack).wait(atMost: 180) else { return 1 }
        StackCommand.say("Ready after \(Int(Clock.monotonic - started)) s.")
        let played = play()
        StackCommand.say(nextSteps)
        return played ? 0 : 1
    }

    private func ensureRunning() throws -> StackPlan {
        if let plan = try? stack.plan(), !stack.overseers.isEmpty {  // no plan yet: not running
            if Files.text(home.plan) == plan.fingerprint {
                StackCommand.say("The stack on port \(settings.port) is running already.")
                return plan
            }
            StackCommand.say("Programs or settings have changed: restarting the stack.")
        }
        stack.stop()
        return try start()
    }

    private func start() throws -> StackPlan {
        let ports = try StackPorts.choose(gateway: settings.port, remembered: stack.rememberedPorts)
        try Files.write(ports.text, to: home.ports)
        let plan = try StackPlan(settings: settings, ports: ports)
        try plan.renderGateway()
        try Files.write(plan.environmentFile, to: home.environment, mode: 0o600)
        try Files.write(plan.fingerprint, to: home.plan)
        Files.remove(home.state)
        setAsideLongLogs(of: plan)
        StackCommand.say("Starting Circle for Life on \(settings.gatewayURL), state in \(settings.home)")
        announceLimits()
        var environment = CallerEnvironment.all
        environment["CIRCLE_HOME"] = settings.home
        environment["CIRCLE_PORT"] = "\(settings.port)"
        environment["CIRCLE_LIMITS"] = settings.limits.rawValue
        environment["CIRCLE_BINARIES"] = settings.binaries
        environment["CORS_ORIGINS"] = settings.corsOrigins
        environment["EVENT_LOOPS"] = "\(settings.eventLoops)"
        environment["MONGODB_URL"] = settings.mongoURL
        let guardian = Launch(
            program: try Self.overseer(settings), arguments: ["guard"], environment: environment,
            logFile: home.logFile("stack"))
        _ = try guardian.start(diesWithParent: false)
        return plan
    }

    /// This program itself, or, where another one starts the stack (the end-to-end tests do), `stack` beside the services.
    private static func overseer(_ settings: StackSettings) throws -> String {
        if let program = ProcessTable.program(getpid()), Files.name(of: program) == "stack" { return program }
        return "\(settings.binaries)/stack"
    }

    private func announceLimits() {
        switch settings.limits {
        case .relaxed:
            StackCommand.say(
                """
                Limits are relaxed: a client on this machine may name its address in X-Forwarded-For, and requests per
                address are not limited, so that one machine can play many people. The rules of the game hold all the
                same. CIRCLE_LIMITS=strict turns this off.
                """)
        case .strict:
            StackCommand.say("Limits are strict, as deployed.")
        }
    }

    /// A log that has grown long is kept once and begun anew.
    private func setAsideLongLogs(of plan: StackPlan) {
        for name in plan.processes.map(\.name) + ["stack", "migrate"] {
            let log = home.logFile(name)
            if Files.size(log) > 32 << 20 { rename(log, "\(log).1") }
        }
    }

    /// The loop is played at the first start; later `make demo` plays it again.
    ///
    /// - Returns: false when something went wrong on the way; the stack runs on for a look.
    private func play() -> Bool {
        guard playsDemo, settings.limits == .relaxed, !Files.exists(home.demoPlayed) else { return true }
        do {
            return try DemoCommand(settings: settings).run() == 0
        } catch {
            StackCommand.report("the loop did not end: \(error)")
            return false
        }
    }

    private var nextSteps: String {
        """

          Gateway          \(settings.gatewayURL)        (try /v1/status, /v1/feed/trending)
          OpenAPI 3.1      \(settings.gatewayURL)/openapi.json
          Addresses        \(home.environment)
          Logs             make logs    (\(home.log)/NAME.log)
          Health, backlog  make status
          The loop again   make demo
          Stop             make down    (the state stays in \(settings.home))
        """
    }
}
