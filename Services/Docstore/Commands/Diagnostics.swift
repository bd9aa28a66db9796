import BSON

/// What drivers and a shell ask to get to know the server.
extension Command {
    private static let version = "5.0.0"
    private static let setName = "docstore"

    static let diagnostics: [Command] = [
        hello, getParameter,
        Command("ping") { _ in [:] },
        Command("buildInfo", aliases: ["buildinfo"]) { _ in
            [
                "version": .string(version), "versionArray": [5, 0, 0, 0], "gitVersion": "docstore",
                "modules": ["docstore"], "sysInfo": "deprecated", "bits": 64, "debug": false,
                "maxBsonObjectSize": .int32(Int32(InsertedDocument.maximumSize)), "storageEngines": ["sqlite"],
                "javascriptEngine": "none", "allocator": "system",
            ]
        },
        Command("whatsmyuri") { ["you": .string($0.connection.remoteAddress)] },
        // What it may be asked to leave out or to add is not there anyway.
        Command("serverStatus", .ignoresUnknown) { context in
            let uptime = Clock.wall - context.server.startedAt
            let connections: BSONDocument = [
                "current": .int32(Int32(context.server.openConnections)),
                "totalCreated": .int32(Int32(context.server.acceptedConnections)), "available": 65_536,
            ]
            return [
                "host": .string(context.connection.localAddress), "version": .string(version), "process": "docstore",
                "uptime": .double(Double(uptime / 1000)), "uptimeMillis": .int64(uptime),
                "localTime": .date(Clock.wall), "connections": .document(connections),
                "metrics": ["cursor": ["open": ["total": .int64(Int64(context.server.cursors.count))]]],
                "storageEngine": ["name": "sqlite", "supportsCommittedReads": true, "persistent": true],
            ]
        },
        Command("hostInfo") { _ in
            ["system": ["currentTime": .date(Clock.wall), "hostname": "localhost"], "os": ["type": "Linux"]]
        },
        Command("getCmdLineOpts") { context in
            let options = context.server.options
            let parsed: BSONDocument = [
                "net": ["bindIp": .string(options.host), "port": .int32(Int32(context.server.port))],
                "storage": ["dbPath": .string(options.dataDirectory)],
                "setParameter": ["enableTestCommands": .string(options.allowsTestCommands ? "1" : "0")],
            ]
            return ["argv": ["docstore", "serve"], "parsed": .document(parsed)]
        },
        // There is none to read; a shell asks for it when it starts.
        Command("getLog", .adminOnly) { context in
            switch context.request.argument {
            case .string("*"): return ["names": ["global", "startupWarnings"]]
            case .string("global"), .string("startupWarnings"): return ["totalLinesWritten": 0, "log": []]
            case let other: throw CommandError(.operationFailed, "No log named '\(other)'")
            }
        },
        // Nobody has to sign in here.
        Command("connectionStatus", options: [.bool("showPrivileges")]) { _ in
            ["authInfo": ["authenticatedUsers": [], "authenticatedUserRoles": []]]
        },
        Command("listCommands") { context in
            var commands = BSONDocument()
            for command in CommandRegistry.commands.sorted(by: { $0.name < $1.name }) {
                if command.traits.contains(.testOnly), !context.server.options.allowsTestCommands { continue }
                commands.append(
                    command.name, ["help": "", "adminOnly": .bool(command.traits.contains(.adminOnly))])
            }
            return ["commands": .document(commands)]
        },
        Command("replSetGetStatus", .adminOnly) { context in
            let member: BSONDocument = [
                "_id": 0, "name": .string(context.connection.localAddress), "health": 1.0, "state": 1,
                "stateStr": "PRIMARY", "self": true,
            ]
            return [
                "set": .string(setName), "date": .date(Clock.wall), "myState": 1, "members": [.document(member)],
            ]
        },
        Command("dbStats", aliases: ["dbstats"], options: [.long("scale"), .any("freeStorage")]) { context in
            try context.store.read { view in
                let collections = view.catalog.collections(in: context.request.database)
                let documents = try collections.reduce(0) { try $0 + view.count($1) }
                return [
                    "db": .string(context.request.database), "collections": .int32(Int32(collections.count)),
                    "views": 0, "objects": .int64(Int64(documents)),
                    "indexes": .int32(Int32(collections.reduce(0) { $0 + $1.indexes.count })),
                    "storageSize": .double(Double(context.store.fileSize)),
                ]
            }
        },
        Command("collStats", aliases: ["collstats"], options: [.long("scale")]) { context in
            try context.store.read { view in
                let collection = view.catalog[try context.request.namespace()]
                return [
                    "ns": .string("\(try context.request.namespace())"),
                    "count": .int64(Int64(try collection.map { try view.count($0) } ?? 0)),
                    "nindexes": .int32(Int32(collection?.indexes.count ?? 0)), "capped": false,
                ]
            }
        },
    ]

    /// `hello`, and `isMaster` as it was called before.
    ///
    /// The topology is a replica set of one, since drivers allow sessions, retryable writes and transactions only there.
    /// The member is named by the address the client itself used, so that it can be reached again.
    private static let hello = Command("hello", aliases: ["isMaster", "ismaster"], .ignoresUnknown) { context in
        if context.body.flag("loadBalanced") { throw CommandError(.badValue, "there is no load balancer here") }
        if let application = context.body.document("client")?.document("application")?.string("name") {
            context.connection.applicationName = application
        }
        let me = BSONValue.string(context.connection.localAddress)
        var reply: BSONDocument = [context.request.name == "hello" ? "isWritablePrimary" : "ismaster": true]
        if context.body.flag("helloOk") { reply.append("helloOk", true) }
        let topology: BSONDocument = [
            "hosts": [me], "setName": .string(setName), "setVersion": 1, "secondary": false, "primary": me,
            "me": me, "electionId": .objectID(ObjectID(high: 0x7FFF_FFFF_0000_0000, low: 1)),
        ]
        let limits: BSONDocument = [
            "maxBsonObjectSize": .int32(Int32(InsertedDocument.maximumSize)),
            "maxMessageSizeBytes": .int32(Int32(MessageHeader.maximumMessageLength)),
            "maxWriteBatchSize": .int32(Int32(WriteStatements.maximumCount)), "localTime": .date(Clock.wall),
            "logicalSessionTimeoutMinutes": .int32(Int32(SessionTable.timeoutMinutes)),
            "connectionId": .int32(context.connection.id), "minWireVersion": 0, "maxWireVersion": 13,
            "readOnly": false,
        ]
        reply.elements += topology.elements + limits.elements
        return .document(reply)
    }

    /// Of the parameters of MongoDB those that drivers' tests ask for.
    private static let getParameter = Command(
        "getParameter",
        options: [
            .any(
                "featureCompatibilityVersion", "enableTestCommands", "authenticationMechanisms", "requireApiVersion",
                "transactionLifetimeLimitSeconds")
        ]
    ) { context in
        let parameters: BSONDocument = [
            "featureCompatibilityVersion": ["version": "5.0"],
            "enableTestCommands": .bool(context.server.options.allowsTestCommands), "authenticationMechanisms": [],
            "requireApiVersion": false,
            "transactionLifetimeLimitSeconds": .int32(Int32(SessionTable.transactionLifetimeMS / 1000)),
        ]
        if context.request.argument == .string("*") { return .document(parameters) }
        let asked = parameters.elements.filter { context.body.contains($0.key) }
        if asked.isEmpty { throw CommandError(.invalidOptions, "no option found to get") }
        return .document(BSONDocument(elements: asked))
    }
}
