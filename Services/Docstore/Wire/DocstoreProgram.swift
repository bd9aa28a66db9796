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
        case "--help", "-h", "help": say(help, to: 1)
        default:
            say("docstore: try `docstore --help`", to: 2)
            exit(2)
        }
    }

    static let help = """
        docstore: a small document server for development and tests that speaks MongoDB's wire protocol.

        usage: docstore serve --data-dir DIR [--port PORT] [--host ADDRESS] [--test-commands] [--expiry-interval SECONDS]

          --data-dir DIR      where the data is kept; made if it is not there; one process at a time
          --port PORT         27017 by default; 0 picks a free one and prints it
          --host ADDRESS      127.0.0.1 by default
          --test-commands     allow configureFailPoint (failCommand)
          --expiry-interval   seconds between two removals of expired documents, 60 by default

        It prints one line, `listening on ADDRESS:PORT`, when it is ready, and ends on SIGTERM.

        For: running and testing this suite on a machine without MongoDB, through unmodified drivers
        (mongodb://127.0.0.1:PORT/DATABASE). Where it answers it answers as MongoDB 5.0 does; an option, operator,
        stage or command that it lacks is refused by name, never ignored.

        Not for: production. One process, no replication, no sharding, no authentication, no encryption: whoever
        reaches the port may do everything. Use MongoDB there; nothing but the URL changes.

        Kept: an acknowledged write survives the death of the process; with `j: true` or `w: "majority"` a power cut.
        """

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
        // Once freed, a buffer of a large reply would otherwise stay in the heap, and the next one may not fit into it.
        mallopt(M_MMAP_THRESHOLD, 4 << 20)
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
