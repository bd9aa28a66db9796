import Glibc
import JSON

// bench [--binaries FOLDER] [--peers FOLDER] [NAME]: runs all benchmarks, or one, prints what it finds and writes
// bench.json into $CIRCLE_HOME. Ends with 1 when a limit is exceeded.

do {
    let findings = try await Command(CommandLine.arguments).run()
    exit(findings.allSatisfy(\.isWithinLimit) ? 0 : 1)
} catch {
    let message = Array("bench: \(error)\n".utf8)
    write(2, message, message.count)
    exit(2)
}
