import BSON

extension Command {
    private static let version = "5.0.0"

    static let diagnostics: [Command] = [
        hello, getParameter, databaseStatistics, collectionStatistics,
        Command("ping") { _ in [:] },
        Command("buildInfo", aliases: ["buildinfo"]) { _ in
            [
                "version": .string(version), "versionArray": [5, 0, 0, 0], "gitVersion": "docstore",
                "modules": ["docstore"], "sysInfo": "deprecated", "bits": 64, "debug": false,
                "maxBsonObjectSize": .int(InsertedDocument.maximumSize), "storageEngines": ["sqlite"],
                "javascriptEngine": "none", "allocator": "system",
            ]
        },
        Command("whatsmyuri") { ["you": .string($0.connection.socket.remoteAddress)] },
        // What it may be asked to leave out or to add is not there anyway.
        Command("serverStatus", .ignoresUnknown) { context in
            let server = context.server
            return [
                "host": .string(context.connection.socket.localAddress), "version": .string(version),
                "process": "docstore", "uptime": .double(Double((Clock.wall - server.startedAt) / 1000)),
                "localTime": .date(Clock.wall), "connections": server.connectionCounts,
                "storageEngine": ["name": "sqlite", "supportsCommittedReads": true, "persistent": true],
            ]
        },
        Command("getCmdLineOpts") { context in
            let isTest = context.server.options.allowsTestCommands
            let parameters: BSONDocument = ["enableTestCommands": .string(isTest ? "1" : "0")]
            return ["argv": ["docstore", "serve"], "parsed": ["setParameter": .document(parameters)]]
        },
        // There is none to read; a shell asks for it when it starts.
        Command("getLog", .adminOnly) { context in
            if context.request.argument == .string("*") { return ["names": ["startupWarnings"]] }
            return ["totalLinesWritten": 0, "log": []]
        },
        // Nobody has to sign in here.
        Command("connectionStatus", options: [.bool: "showPrivileges"]) { _ in
            ["authInfo": ["authenticatedUsers": [], "authenticatedUserRoles": []]]
        },
    ]

    private static let databaseStatistics = Command(
        "dbStats", aliases: ["dbstats"], options: [.number: "scale", .any: "freeStorage"]
    ) { context in
        let database = context.request.database
        return try context.store.read { view in
            let collections = view.catalog.collections(in: database)
            return [
                "db": .string(database), "collections": .int(collections.count), "views": 0,
                "objects": .int(try collections.reduce(0) { try $0 + view.count($1) }),
                "indexes": .int(collections.reduce(0) { $0 + $1.indexes.count }),
                "storageSize": .double(Double(context.store.fileSize)),
            ]
        }
    }

    private static let collectionStatistics = Command(
        "collStats", aliases: ["collstats"], options: [.number: "scale"]
    ) { context in
        let namespace = try context.request.namespace()
        return try context.store.read { view in
            let collection = view.catalog[namespace]
            return [
                "ns": .string("\(namespace)"), "count": .int(try collection.map { try view.count($0) } ?? 0),
                "nindexes": .int(collection?.indexes.count ?? 0), "capped": false,
            ]
        }
    }

    /// `hello`, and `isMaster` as it was called before.
    /// The topology is a replica set of one: drivers allow sessions, retryable writes and transactions only there.
    /// The member is named by the address the client itself used, so that it can be reached again.
    private static let hello = Command("hello", aliases: ["isMaster", "ismaster"], .ignoresUnknown) { context in
        if let application = context.body.document("client")?.document("application")?.string("name") {
            context.connection.applicationName = application
        }
        let me = BSONValue.string(context.connection.socket.localAddress)
        var reply: BSONDocument = [context.request.name == "hello" ? "isWritablePrimary" : "ismaster": true]
        if context.body.flag("helloOk") { reply.append("helloOk", true) }
        let topology: BSONDocument = [
            "hosts": [me], "setName": "docstore", "setVersion": 1, "secondary": false, "primary": me, "me": me,
            "electionId": .objectID(ObjectID(high: 0x7FFF_FFFF_0000_0000, low: 1)),
        ]
        let limits: BSONDocument = [
            "maxBsonObjectSize": .int(InsertedDocument.maximumSize),
            "maxMessageSizeBytes": .int(MessageHeader.maximumMessageLength),
            "maxWriteBatchSize": .int(WriteBatch.maximumCount), "localTime": .date(Clock.wall),
            "logicalSessionTimeoutMinutes": .int(SessionTable.timeoutMinutes),
            "connectionId": .int32(context.connection.id), "minWireVersion": 0, "maxWireVersion": 13,
            "readOnly": false,
        ]
        return .document(reply + topology + limits)
    }

    /// Of the parameters of MongoDB those that drivers' tests ask for.
    private static let getParameter = Command("getParameter", .ignoresUnknown) { context in
        let parameters: BSONDocument = [
            "featureCompatibilityVersion": ["version": "5.0"], "authenticationMechanisms": [],
            "enableTestCommands": .bool(context.server.options.allowsTestCommands), "requireApiVersion": false,
        ]
        let isAll = context.request.argument == .string("*")
        let asked = parameters.elements.filter { isAll || context.body.contains($0.key) }
        try require(!asked.isEmpty, .invalidOptions, "no option found to get")
        return .document(BSONDocument(elements: asked))
    }
}
