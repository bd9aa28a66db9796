import Glibc

/// Where a benchmark finds binaries and peers, and starts what it measures.
final class Workshop {
    /// The folder of `gems`, `docstore` and the other binaries.
    let binaries: String
    /// `Tests/Benchmarks/peers`.
    let peers: String
    /// Where everything that a benchmark writes goes.
    let folder: String
    private var started: [ChildProcess] = []

    init(binaries: String, peers: String) throws {
        self.binaries = binaries
        self.peers = peers
        var template = Array("/tmp/circle-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw BenchmarkFailure("no folder in /tmp") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Starts a program that lives as long as the benchmark.
    func start(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], waitingFor line: String? = nil
    ) throws -> ChildProcess {
        let child = try ChildProcess(
            program, arguments, environment: environment, log: "\(folder)/\(started.count).log", readyLine: line)
        started.append(child)
        return child
    }

    /// Ends everything that was started, last first.
    func stopAll() {
        for child in started.reversed() { child.stop() }
        started = []
    }

    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let path = "\(folder)/\(name)"
        guard let file = fopen(path, "w") else { throw BenchmarkFailure("cannot write \(path)") }
        defer { fclose(file) }
        fwrite(bytes, 1, bytes.count, file)
        return path
    }

    func read(_ path: String) throws -> String {
        guard let text = ChildProcess.text(path) else { throw BenchmarkFailure("cannot read \(path)") }
        return text
    }

    /// One of voting's Lua scripts.
    func script(_ name: String) -> String { "\(peers)/../../../Services/Voting/Scripts/\(name).lua" }

    /// Compiles a peer that is written in C.
    func compile(_ source: String, libraries: [String], headers: [String] = []) throws -> String {
        let program = "\(folder)/\(source.split(separator: ".")[0])"
        let arguments =
            ["-O2", "-o", program] + headers.map { "-I\($0)" } + ["\(peers)/\(source)"] + libraries.map { "-l\($0)" }
        let compiler = try ChildProcess("cc", arguments, environment: [:], log: "\(folder)/cc.log", readyLine: nil)
        guard compiler.waitForEnd() == 0 else { throw BenchmarkFailure("\(source) does not compile") }
        return program
    }

    /// A port that nobody listens on now.
    func freePort() throws -> Int { try Socket.freePort() }
}
