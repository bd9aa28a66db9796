import BSON

/// `drop`
struct DropCommand: Command {
    static let name = "drop"
    static let options: Set<String> = []

    private let namespace: Namespace

    init(_ request: CommandRequest) throws { namespace = try request.namespace() }

    func run(_ context: CommandContext) throws -> CommandReply {
        try context.store.write { writer in
            guard let collection = writer.catalog[namespace] else {
                throw CommandError(.namespaceNotFound, "ns not found")
            }
            try writer.dropCollection(collection)
            return .document([
                "nIndexesWas": .int32(Int32(collection.indexes.count)), "ns": .string("\(namespace)"),
            ])
        }
    }
}

/// `dropDatabase`
struct DropDatabaseCommand: Command {
    static let name = "dropDatabase"
    static let options: Set<String> = []

    private let database: String

    init(_ request: CommandRequest) throws { database = request.database }

    func run(_ context: CommandContext) throws -> CommandReply {
        try context.store.write { writer in
            let collections = writer.catalog.collections(in: database)
            for collection in collections { try writer.dropCollection(collection) }
            return context.store.forget(database: database) ? .document(["dropped": .string(database)]) : .done
        }
    }
}
