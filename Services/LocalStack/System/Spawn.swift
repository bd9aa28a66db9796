internal import Glibc

/// A program to start, and everything that it inherits.
package struct Launch: Sendable, Equatable {
    package var program: String
    package var arguments: [String]
    package var environment: [String: String]
    package var logFile: String
    /// Where the error output goes; with the rest where nil.
    package var errorFile: String?

    package init(
        program: String, arguments: [String], environment: [String: String], logFile: String
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.logFile = logFile
    }
}

extension Launch {
    /// Starts the program in a process group of its own, with its output appended to its log.
    ///
    /// A group of its own, because a killed nginx master leaves workers: the group ends as a whole.
    /// - Parameter diesWithParent: the kernel ends the program when the process that called this dies, however it
    ///   dies (`setpriv` sets the parent-death signal and then becomes the program, so the process id is the program's).
    func start(diesWithParent: Bool) throws(SystemError) -> Int32 {
        var command = [program] + arguments
        if diesWithParent, let setpriv = Files.program("setpriv") {
            command = [setpriv, "--pdeathsig", "TERM", "--"] + command
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, logFile, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        if let errorFile {
            posix_spawn_file_actions_addopen(&actions, 2, errorFile, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        } else {
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        var child: Int32 = 0
        let code = withCStrings(command) { arguments in
            withCStrings(variables) { environment in
                posix_spawn(&child, command[0], &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else { throw SystemError("start", program, code: code) }
        return child
    }

    /// Starts the program and waits for its end.
    ///
    /// - Returns: how it ended; one that outlives the deadline is killed, with its group.
    package func run(deadline seconds: Double) throws(SystemError) -> Ending {
        let child = try start(diesWithParent: true)
        let deadline = Clock.monotonic + seconds
        while true {
            var status: Int32 = 0
            if waitpid(child, &status, WNOHANG) == child { return Ending(status: status) }
            if Clock.monotonic > deadline {
                kill(-child, SIGKILL)
                waitpid(child, &status, 0)
                return Ending(status: status)
            }
            Clock.pause(seconds: 0.01)
        }
    }

    private func withCStrings<R>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
    ) -> R {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    }
}

/// How a process ended.
package enum Ending: Equatable, Sendable, CustomStringConvertible {
    case exit(Int32)
    case signal(Int32)

    package init(status: Int32) {
        let signal = status & 0x7f
        self = signal == 0 ? .exit((status >> 8) & 0xff) : .signal(signal)
    }

    package var description: String {
        switch self {
        case .exit(let code): "exit \(code)"
        case .signal(SIGKILL): "killed (-9)"
        case .signal(let number): "signal \(number)"
        }
    }
}
