package import Glibc
import Runtime

/// A program that a test starts and ends.
///
/// Not Foundation's `Process`: that one copies directory entries past the end of their buffer, and crashes for it now
/// and then where more than some 1,300 descriptors are open, as they are in a long run of live tests.
package final class TestProcess: Sendable {
    private let program: String
    private let arguments: [String]
    private let environment: [String: String]?
    private let output: Int32?
    private let keepsErrors: Bool
    private let state = Locked<(pid: pid_t, hasEnded: Bool)>((0, false))

    /// - Parameters:
    ///   - program: a path.
    ///   - environment: all of it; that of the tests when nil.
    ///   - output: the descriptor that becomes its standard output; none when nil.
    ///   - keepsErrors: whether its standard error is that of the tests.
    package init(
        _ program: String, _ arguments: [String], environment: [String: String]? = nil, output: Int32? = nil,
        keepsErrors: Bool = false
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.output = output
        self.keepsErrors = keepsErrors
    }

    /// 0 before it runs.
    package var processIdentifier: pid_t { state.withLock { $0.pid } }

    package var isRunning: Bool {
        state.withLock { state in
            guard state.pid != 0, !state.hasEnded else { return false }
            var info = unsafe siginfo_t()
            // Looks without taking the end away from who waits for it.
            return unsafe waitid(P_PID, id_t(state.pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_signo == 0
        }
    }

    package func run() throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let output {
            unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        }
        if !keepsErrors { unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) }
        _ = unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var pid: pid_t = 0
        let code = unsafe withStrings([program] + arguments) { arguments in
            guard let environment else { return unsafe posix_spawn(&pid, program, &actions, nil, arguments, environ) }
            return unsafe withStrings(environment.map { "\($0.key)=\($0.value)" }) {
                unsafe posix_spawn(&pid, program, &actions, nil, arguments, $0)
            }
        }
        guard code == 0 else {
            throw NeverHappened(description: "\(program): \(unsafe String(cString: strerror(code)))")
        }
        state.withLock { $0.pid = pid }
    }

    package func waitUntilExit() {
        let pid = processIdentifier
        guard pid != 0 else { return }
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) == -1, errno == EINTR {}
        state.withLock { $0.hasEnded = true }
    }

    package func terminate() { signal(SIGTERM) }

    package func kill() { signal(SIGKILL) }

    private func signal(_ number: Int32) {
        state.withLock { state in
            if state.pid != 0, !state.hasEnded { _ = Glibc.kill(state.pid, number) }
        }
    }
}

/// glibc declares it for GNU programs only.
@_silgen_name("posix_spawn_file_actions_addclosefrom_np")
private func posix_spawn_file_actions_addclosefrom_np(
    _ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>, _ from: Int32
) -> Int32

private func withStrings<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe strings.map { unsafe strdup($0) } + [nil]
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe pointers.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress!) }
}
