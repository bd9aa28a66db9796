import CLinux
import Glibc

/// A program started by a benchmark, and the processor time it has used.
final class ChildProcess {
    let pid: pid_t
    private let log: String
    private var hasEnded = false

    /// - Parameter readyLine: what the program prints once it is ready.
    init(
        _ program: String, _ arguments: [String], environment: [String: String], log: String, readyLine: String?
    ) throws {
        self.log = log
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var pid: pid_t = 0
        let inherited = (["PATH", "HOME"] as [String]).compactMap { name in
            getenv(name).map { "\(name)=\(String(cString: $0))" }
        }
        let code = Self.withArguments([program] + arguments) { argv in
            Self.withArguments(inherited + environment.map { "\($0.key)=\($0.value)" }) { envp in
                posix_spawnp(&pid, program, &actions, nil, argv, envp)
            }
        }
        guard code == 0 else { throw BenchmarkFailure("\(program): \(String(cString: strerror(code)))") }
        self.pid = pid
        if let readyLine { try wait(for: readyLine, of: program) }
    }

    deinit { stop() }

    private func wait(for line: String, of program: String) throws {
        for _ in 0..<1500 {
            if output.contains(line) { return }
            if waitpid(pid, nil, WNOHANG) == pid {
                hasEnded = true
                throw BenchmarkFailure("\(program) has ended:\n\(output.suffix(2000))")
            }
            usleep(20_000)
        }
        throw BenchmarkFailure("\(program) does not say \(line)")
    }

    /// What the program has printed so far.
    var output: String { Self.text(log) ?? "" }

    /// Processor time of all its threads, those that have ended too, in nanoseconds.
    var processorNanoseconds: UInt64 {
        var clock = clockid_t()
        var time = timespec()
        guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return 0 }
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// The most memory it has had resident since it began or `resetPeakMemory` was called.
    var peakMemoryKB: Int {
        let line = Self.text("/proc/\(pid)/status")?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0
    }

    func resetPeakMemory() throws {
        guard let file = fopen("/proc/\(pid)/clear_refs", "w") else {
            throw BenchmarkFailure("cannot reset the peak memory of \(pid)")
        }
        fputs("5", file)
        fclose(file)
    }

    /// Memory that is really there.
    var residentKilobytes: Int {
        for line in (Self.text("/proc/\(pid)/status") ?? "").split(separator: "\n") where line.hasPrefix("VmRSS:") {
            return line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        }
        return 0
    }

    func waitForEnd() -> Int32 {
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        hasEnded = true
        return status
    }

    func stop() {
        guard !hasEnded else { return }
        kill(pid, SIGTERM)
        for _ in 0..<1000 {  // a profiler takes its time
            if waitpid(pid, nil, WNOHANG) == pid {
                hasEnded = true
                return
            }
            usleep(20_000)
        }
        kill(pid, SIGKILL)
        _ = waitForEnd()
    }

    /// The whole text of a file; nil where there is none.
    static func text(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { text += chunk[..<count] }
        return String(decoding: text, as: UTF8.self)
    }

    private static func withArguments<Result>(
        _ words: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return body(&pointers)
    }
}
