import BSON

/// `dbStats`
struct DbStatsCommand: Command {
    static let name = "dbStats"
    static let aliases = ["dbstats"]
    static let options: Set<String> = ["scale", "freeStorage"]

    private let database: String

    init(_ request: CommandRequest) { database = request.database }

    func run(_ context: CommandContext) throws -> CommandReply {
        try context.store.read { view in
            let collections = view.catalog.collections(in: database)
            let counts = try collections.map { try view.count($0) }
            return .document([
                "db": .string(database), "collections": .int32(Int32(collections.count)), "views": 0,
                "objects": .int64(Int64(counts.reduce(0, +))),
                "indexes": .int32(Int32(collections.reduce(0) { $0 + $1.indexes.count })),
                "storageSize": .double(Double(context.store.fileSize)),
            ])
        }
    }
}

/// `collStats`
struct CollStatsCommand: Command {
    static let name = "collStats"
    static let aliases = ["collstats"]
    static let options: Set<String> = ["scale"]

    private let namespace: Namespace

    init(_ request: CommandRequest) throws { namespace = try request.namespace() }

    func run(_ context: CommandContext) throws -> CommandReply {
        try context.store.read { view in
            guard let collection = view.catalog[namespace] else {
                return .document(["ns": .string("\(namespace)"), "count": 0, "size": 0, "nindexes": 0])
            }
            return .document([
                "ns": .string("\(namespace)"), "count": .int64(Int64(try view.count(collection))),
                "nindexes": .int32(Int32(collection.indexes.count)), "capped": false,
            ])
        }
    }
}
