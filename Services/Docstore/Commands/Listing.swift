import BSON

/// `listDatabases`
struct ListDatabasesCommand: Command {
    static let name = "listDatabases"
    static let traits: CommandTraits = .adminOnly
    static let options: Set<String> = ["filter", "nameOnly", "authorizedDatabases"]

    private let matcher: Matcher
    private let isNameOnly: Bool

    init(_ request: CommandRequest) throws {
        let arguments = CommandArguments(request)
        matcher = try Matcher(filter: try arguments.document("filter") ?? [:])
        isNameOnly = try arguments.bool("nameOnly")
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        var databases: [BSONValue] = []
        for name in context.store.catalog.databases {
            var database: BSONDocument = ["name": .string(name)]
            if !isNameOnly {
                database.append("sizeOnDisk", .int64(context.store.fileSize))
                database.append("empty", false)
            }
            if try matcher.matches(database) { databases.append(.document(database)) }
        }
        var reply: BSONDocument = ["databases": .array(databases)]
        if !isNameOnly {
            reply.append("totalSize", .int64(context.store.fileSize))
            reply.append("totalSizeMb", .int64(context.store.fileSize >> 20))
        }
        return .document(reply)
    }
}

/// `listCollections`
struct ListCollectionsCommand: Command {
    static let name = "listCollections"
    static let options: Set<String> = ["filter", "nameOnly", "authorizedCollections", "cursor"]

    private let database: String
    private let matcher: Matcher
    private let isNameOnly: Bool
    private let batchSize: Int?

    init(_ request: CommandRequest) throws {
        database = request.database
        let arguments = CommandArguments(request)
        matcher = try Matcher(filter: try arguments.document("filter") ?? [:])
        isNameOnly = try arguments.bool("nameOnly")
        batchSize = try arguments.document("cursor")?.int("batchSize")
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        var documents: [[UInt8]] = []
        for collection in context.store.catalog.collections(in: database) {
            let description = describe(collection)
            guard try matcher.matches(description) else { continue }
            let shown: BSONDocument =
                isNameOnly ? ["name": .string(collection.namespace.collection), "type": "collection"] : description
            documents.append(shown.encode())
        }
        let namespace = Namespace(database: database, collection: "$cmd.listCollections")
        return try context.firstBatch(of: namespace, batchSize: batchSize ?? .max, isListing: true) { _ in
            QueryCursor(
                namespace: "\(namespace)", query: nil, limit: context.limit, source: FixedSource(documents))
        }
    }

    private func describe(_ collection: CollectionInfo) -> BSONDocument {
        [
            "name": .string(collection.namespace.collection), "type": "collection",
            "options": .document(collection.options),
            "info": [
                "readOnly": false, "uuid": .binary(BSONBinary(subtype: BSONBinary.uuid, bytes: collection.uuid)),
            ],
            "idIndex": .document(collection.idIndex.specification),
        ]
    }
}

/// Documents that are all there already.
final class FixedSource: DocumentSource {
    private var documents: ArraySlice<[UInt8]>

    init(_ documents: [[UInt8]]) { self.documents = documents[...] }

    func next(in view: any StoreView) -> [UInt8]? { documents.popFirst() }
    func pause() {}
}
