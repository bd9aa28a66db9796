import CLinux
import CSQLite
import Glibc

/// The command line.
package enum DocstoreProgram {
    package static func main() {
        exit(run(Array(CommandLine.arguments.dropFirst())))
    }

    static func run(_ arguments: [String]) -> Int32 {
        switch arguments.first {
        case "serve":
            do {
                return try serve(options(Array(arguments.dropFirst())))
            } catch {
                say("docstore: \(error)", to: 2)
                return 1
            }
        case "--help", "-h", "help":
            say(HelpText.text, to: 1)
            return 0
        default:
            say("docstore: try `docstore --help`", to: 2)
            return 2
        }
    }

    private enum ArgumentError: Error, CustomStringConvertible {
        case unknown(String)
        case malformed(String, String)
        case missing(String)

        var description: String {
            switch self {
            case .unknown(let name): "unknown argument \(name)"
            case .malformed(let name, let value): "\(name) cannot be '\(value)'"
            case .missing(let name): "\(name) is required"
            }
        }
    }

    static func options(_ arguments: [String]) throws -> ServerOptions {
        var options = ServerOptions(dataDirectory: "")
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if name == "--test-commands" {
                options.allowsTestCommands = true
                continue
            }
            guard ["--port", "--data-dir", "--host", "--expiry-interval"].contains(name) else {
                throw ArgumentError.unknown(name)
            }
            guard let value = rest.popFirst() else { throw ArgumentError.missing("a value after \(name)") }
            switch name {
            case "--host": options.host = value
            case "--data-dir": options.dataDirectory = value
            case "--port":
                guard let port = UInt16(value) else { throw ArgumentError.malformed(name, value) }
                options.port = port
            default:
                guard let seconds = Int(value), seconds > 0 else { throw ArgumentError.malformed(name, value) }
                options.expiryIntervalSeconds = seconds
            }
        }
        if options.dataDirectory.isEmpty { throw ArgumentError.missing("--data-dir") }
        return options
    }

    private static func serve(_ options: ServerOptions) throws -> Int32 {
        // Blocked in every thread, so that only `sigwait` below receives them.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        // Threads come and go with connections: an arena for each would keep what it once held.
        mallopt(M_ARENA_MAX, 2)
        let server = try Server(options)
        try server.start()
        say("listening on \(options.host):\(server.port)", to: 1)
        var received: Int32 = 0
        sigwait(&signals, &received)
        try server.stop()
        return 0
    }

    private static func say(_ text: String, to descriptor: Int32) {
        let line = Array((text + "\n").utf8)
        _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
}
