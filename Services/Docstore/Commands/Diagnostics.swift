import BSON

/// `buildInfo`
struct BuildInfoCommand: Command {
    static let name = "buildInfo"
    static let aliases = ["buildinfo"]
    static let options: Set<String> = []
    static let version = "5.0.0"

    init(_ request: CommandRequest) {}

    func run(_ context: CommandContext) -> CommandReply {
        .document([
            "version": .string(Self.version), "versionArray": [5, 0, 0, 0], "gitVersion": "docstore",
            "modules": ["docstore"], "sysInfo": "deprecated", "bits": 64, "debug": false,
            "maxBsonObjectSize": .int32(Int32(InsertedDocument.maximumSize)), "storageEngines": ["sqlite"],
            "javascriptEngine": "none", "allocator": "system",
        ])
    }
}

/// `whatsmyuri`
struct WhatsMyURICommand: Command {
    static let name = "whatsmyuri"
    static let options: Set<String> = []

    init(_ request: CommandRequest) {}

    func run(_ context: CommandContext) -> CommandReply {
        .document(["you": .string(context.connection.remoteAddress)])
    }
}

/// `serverStatus`
struct ServerStatusCommand: Command {
    static let name = "serverStatus"
    static let options: Set<String> = [
        "repl", "metrics", "locks", "wiredTiger", "tcmalloc", "sharding", "opcounters", "network", "transactions",
        "mem", "latchAnalysis", "oplogTruncation", "asserts", "flowControl", "connections", "globalLock",
        "logicalSessionRecordCache", "security", "storageEngine", "tenantMigrationAccessBlocker", "mirroredReads",
    ]

    init(_ request: CommandRequest) {}

    func run(_ context: CommandContext) -> CommandReply {
        let server = context.server
        let uptime = Clock.wall - server.startedAt
        return .document([
            "host": .string(context.connection.localAddress), "version": .string(BuildInfoCommand.version),
            "process": "docstore", "uptime": .double(Double(uptime / 1000)), "uptimeMillis": .int64(uptime),
            "localTime": .date(Clock.wall),
            "connections": [
                "current": .int32(Int32(server.openConnections)),
                "totalCreated": .int32(Int32(server.acceptedConnections)), "available": 65_536,
            ],
            "metrics": ["cursor": ["open": ["total": .int64(Int64(server.cursors.count))]]],
            "storageEngine": ["name": "sqlite", "supportsCommittedReads": true, "persistent": true],
        ])
    }
}

/// `hostInfo`
struct HostInfoCommand: Command {
    static let name = "hostInfo"
    static let options: Set<String> = []

    init(_ request: CommandRequest) {}

    func run(_ context: CommandContext) -> CommandReply {
        .document([
            "system": ["currentTime": .date(Clock.wall), "hostname": "localhost"], "os": ["type": "Linux"],
        ])
    }
}

/// `getCmdLineOpts`
struct GetCmdLineOptsCommand: Command {
    static let name = "getCmdLineOpts"
    static let options: Set<String> = []

    init(_ request: CommandRequest) {}

    func run(_ context: CommandContext) -> CommandReply {
        let options = context.server.options
        return .document([
            "argv": ["docstore", "serve"],
            "parsed": [
                "net": ["bindIp": .string(options.host), "port": .int32(Int32(context.server.port))],
                "storage": ["dbPath": .string(options.dataDirectory)],
                "setParameter": ["enableTestCommands": .string(options.allowsTestCommands ? "1" : "0")],
            ],
        ])
    }
}

/// `getParameter`: of the parameters of MongoDB those that drivers' tests ask for.
struct GetParameterCommand: Command {
    static let name = "getParameter"
    private static let parameters = [
        "featureCompatibilityVersion", "enableTestCommands", "authenticationMechanisms", "requireApiVersion",
        "transactionLifetimeLimitSeconds",
    ]
    static let options = Set(parameters)

    private let asked: [String]

    init(_ request: CommandRequest) {
        asked = request.argument == .string("*") ? Self.parameters : request.body.keys.filter(Self.options.contains)
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        guard !asked.isEmpty else { throw CommandError(.invalidOptions, "no option found to get") }
        var reply = BSONDocument()
        for name in asked {
            switch name {
            case "featureCompatibilityVersion": reply.append(name, ["version": "5.0"])
            case "enableTestCommands": reply.append(name, .bool(context.server.options.allowsTestCommands))
            case "authenticationMechanisms": reply.append(name, [])
            case "requireApiVersion": reply.append(name, false)
            default: reply.append(name, .int32(Int32(SessionTable.transactionLifetimeMS / 1000)))
            }
        }
        return .document(reply)
    }
}

/// `getLog`: there is none to read; a shell asks for it when it starts.
struct GetLogCommand: Command {
    static let name = "getLog"
    static let traits: CommandTraits = .adminOnly
    static let options: Set<String> = []

    private let which: BSONValue

    init(_ request: CommandRequest) { which = request.argument }

    func run(_ context: CommandContext) throws -> CommandReply {
        switch which {
        case .string("*"): return .document(["names": ["global", "startupWarnings"]])
        case .string("global"), .string("startupWarnings"):
            return .document(["totalLinesWritten": 0, "log": []])
        default: throw CommandError(.operationFailed, "No log named '\(which)'")
        }
    }
}

/// `connectionStatus`: nobody has to sign in here.
struct ConnectionStatusCommand: Command {
    static let name = "connectionStatus"
    static let options: Set<String> = ["showPrivileges"]

    init(_ request: CommandRequest) {}

    func run(_ context: CommandContext) -> CommandReply {
        .document(["authInfo": ["authenticatedUsers": [], "authenticatedUserRoles": []]])
    }
}

/// `listCommands`
struct ListCommandsCommand: Command {
    static let name = "listCommands"
    static let options: Set<String> = []

    init(_ request: CommandRequest) {}

    func run(_ context: CommandContext) -> CommandReply {
        var commands = BSONDocument()
        for command in CommandRegistry.commands.sorted(by: { $0.name < $1.name }) {
            if command.traits.contains(.testOnly), !context.server.options.allowsTestCommands { continue }
            commands.append(
                command.name,
                [
                    "help": "", "requiresAuth": false, "secondaryOk": false,
                    "adminOnly": .bool(command.traits.contains(.adminOnly)),
                ])
        }
        return .document(["commands": .document(commands)])
    }
}

/// `replSetGetStatus`: a set of one member, this one.
struct ReplSetGetStatusCommand: Command {
    static let name = "replSetGetStatus"
    static let traits: CommandTraits = .adminOnly
    static let options: Set<String> = []

    init(_ request: CommandRequest) {}

    func run(_ context: CommandContext) -> CommandReply {
        .document([
            "set": .string(HelloCommand.setName), "date": .date(Clock.wall), "myState": 1,
            "members": [
                [
                    "_id": 0, "name": .string(context.connection.localAddress), "health": 1.0, "state": 1,
                    "stateStr": "PRIMARY", "self": true,
                ]
            ],
        ])
    }
}
