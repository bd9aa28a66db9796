import CLinux
import CSQLite
import Glibc

package enum DocstoreProgram {
    package static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        switch arguments.first {
        case "serve":
            do { try serve(options(Array(arguments.dropFirst()))) } catch {
                say("docstore: \(error)", to: 2)
                exit(1)
            }
        case "--help", "-h", "help": say(HelpText.text, to: 1)
        default:
            say("docstore: try `docstore --help`", to: 2)
            exit(2)
        }
    }

    private struct ArgumentError: Error, CustomStringConvertible { let description: String }

    static func options(_ arguments: [String]) throws -> ServerOptions {
        var options = ServerOptions(dataDirectory: "")
        var rest = arguments[...]
        func value<V>(of name: String, _ read: (String) -> V?) throws -> V {
            if let text = rest.popFirst(), let value = read(text) { return value }
            throw ArgumentError(description: "\(name) needs a value that makes sense")
        }
        while let name = rest.popFirst() {
            switch name {
            case "--test-commands": options.allowsTestCommands = true
            case "--host": options.host = try value(of: name) { $0 }
            case "--data-dir": options.dataDirectory = try value(of: name) { $0 }
            case "--port": options.port = try value(of: name) { UInt16($0) }
            case "--expiry-interval":
                options.expiryIntervalSeconds = try value(of: name) { Int($0).flatMap { $0 > 0 ? $0 : nil } }
            default: throw ArgumentError(description: "unknown argument \(name)")
            }
        }
        if options.dataDirectory.isEmpty { throw ArgumentError(description: "--data-dir is required") }
        return options
    }

    private static func serve(_ options: ServerOptions) throws {
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
    }

    private static func say(_ text: String, to descriptor: Int32) {
        _ = Array((text + "\n").utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
}
