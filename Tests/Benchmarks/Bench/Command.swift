import Glibc
import JSON

/// What was asked for on the command line.
struct Command {
    private var binaries = ".build/release"
    private var peers = "Tests/Benchmarks/peers"
    private var only: String?

    init(_ arguments: [String]) throws {
        var words = arguments.dropFirst()
        while let word = words.popFirst() {
            switch word {
            case "--binaries": binaries = words.popFirst() ?? binaries
            case "--peers": peers = words.popFirst() ?? peers
            default: only = word
            }
        }
        if let only, !Benchmarks.all.contains(where: { $0.name == only }) {
            let names = Benchmarks.all.map { $0.name }.joined(separator: ", ")
            throw BenchmarkFailure("no benchmark is named \(only); there are \(names)")
        }
    }

    func run() async throws -> [Finding] {
        var findings: [Finding] = []
        for benchmark in Benchmarks.all where only == nil || benchmark.name == only {
            let workshop = try Workshop(binaries: binaries, peers: peers)
            defer { workshop.stopAll() }
            for finding in try await benchmark.init().run(in: workshop) {
                print(finding.line)
                findings.append(finding)
            }
        }
        try save(findings)
        return findings
    }

    private func save(_ findings: [Finding]) throws {
        let home = getenv("CIRCLE_HOME").map { String(cString: $0) } ?? ".circle"
        mkdir(home, 0o755)
        guard let file = fopen("\(home)/bench.json", "w") else {
            throw BenchmarkFailure("cannot write \(home)/bench.json")
        }
        defer { fclose(file) }
        let bytes = JSONWriter.bytes(findings)
        fwrite(bytes, 1, bytes.count, file)
    }
}
