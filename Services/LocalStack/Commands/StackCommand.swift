internal import Glibc

/// The `stack` program: what the Makefile's `up`, `down`, `status` and `demo` call.
package enum StackCommand {
    package static let help = """
        stack: runs Circle for Life on this machine.

          stack up [--no-demo]   start everything, wait until it is ready, play the loop at the first start
          stack down             stop everything that `up` started; the state stays
          stack status           each process, its health, its backlogs
          stack demo             play the loop: people register, paint, post, vote, earn, unlock
          stack e2e [NAME...]    the end-to-end tests, on a stack of their own
          stack openapi FILE     the OpenAPI document of all services, merged
          stack help             this text

        Variables: CIRCLE_HOME (state folder, .circle), CIRCLE_PORT (gateway, 8080), CIRCLE_LIMITS (relaxed|strict),
        MONGODB_URL (use this server instead of starting one), CORS_ORIGINS, EVENT_LOOPS, CIRCLE_BINARIES.

        """

    /// - Returns: the exit status: 0 done, 1 failed, 2 not understood.
    package static func run(_ arguments: [String]) -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        do {
            return try perform(arguments.first ?? "help", Array(arguments.dropFirst()))
        } catch {
            report("\(error)")
            return 1
        }
    }

    private static func perform(_ command: String, _ rest: [String]) throws -> Int32 {
        switch command {
        case "help", "--help", "-h":
            say(help)
            return 0
        case "up": return try UpCommand(settings: .fromEnvironment(), playsDemo: !rest.contains("--no-demo")).run()
        case "down": return try DownCommand(settings: .fromEnvironment()).run()
        case "status": return try StatusCommand(settings: .fromEnvironment()).run()
        case "demo": return try DemoCommand(settings: .fromEnvironment()).run()
        case "openapi":
            guard let target = rest.first else { throw StackError("openapi needs the file to write") }
            return try mergeDocuments(into: target)
        case "guard":
            let settings = try StackSettings.fromEnvironment()
            guard let program = ProcessTable.program(getpid()) else { throw StackError("no /proc") }
            try Guardian(home: StackHome(settings.home), program: program).run()
            return 0
        case "supervise":
            let settings = try StackSettings.fromEnvironment()
            try Supervisor(plan: RunningStack(settings: settings).plan()).run()
            return 0
        default:
            report("unknown command \(command)\n\n\(help)")
            return 2
        }
    }

    /// The merged document as a build artefact, for images; unlike in a running stack, every service must give its own.
    private static func mergeDocuments(into target: String) throws -> Int32 {
        let settings = try StackSettings.fromEnvironment()
        let collection = OpenAPICollection(binaries: settings.binaries, server: "/", scratch: "/tmp")
        let silent = try collection.write(to: target)
        guard silent.isEmpty else { throw StackError("no document from \(silent.joined(separator: ", "))") }
        return 0
    }

    /// Writes a line for the person at the terminal.
    package static func say(_ line: String) {
        write(line + "\n", to: STDOUT_FILENO)
    }

    /// Writes a line to the error output.
    static func report(_ line: String) {
        write("stack: \(line)\n", to: STDERR_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }
}
