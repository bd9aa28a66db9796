import BSON

/// `listIndexes`
struct ListIndexesCommand: Command {
    static let name = "listIndexes"
    static let options: Set<String> = ["cursor"]

    private let namespace: Namespace
    private let batchSize: Int?

    init(_ request: CommandRequest) throws {
        namespace = try request.namespace()
        batchSize = try CommandArguments(request).document("cursor")?.int("batchSize")
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        try context.firstBatch(of: namespace, batchSize: batchSize ?? .max, isListing: true) { view in
            guard let collection = view.catalog[namespace] else {
                throw CommandError(.namespaceNotFound, "ns does not exist: \(namespace)")
            }
            return QueryCursor(
                namespace: "\(namespace)", query: nil, limit: context.limit,
                source: FixedSource(collection.indexes.map { $0.specification.encode() }))
        }
    }
}

/// `dropIndexes`
struct DropIndexesCommand: Command {
    static let name = "dropIndexes"
    static let aliases = ["deleteIndexes"]
    static let options: Set<String> = ["index"]

    private let namespace: Namespace
    private let which: BSONValue

    init(_ request: CommandRequest) throws {
        namespace = try request.namespace()
        guard let which = request.body["index"] else {
            throw CommandError(code: 40414, "BSON field 'dropIndexes.index' is missing but a required field")
        }
        self.which = which
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        try context.store.write { writer in
            guard var collection = writer.catalog[namespace] else {
                throw CommandError(.namespaceNotFound, "ns not found \(namespace)")
            }
            let before = collection.indexes.count
            let (dropped, all) = try chosen(collection)
            for index in dropped {
                try writer.clear(index)
                collection.indexes.removeAll { $0.number == index.number }
            }
            try writer.setCollection(collection)
            var reply: BSONDocument = ["nIndexesWas": .int32(Int32(before))]
            if all { reply.append("msg", "non-_id indexes dropped for collection") }
            return .document(reply)
        }
    }

    private func chosen(_ collection: CollectionInfo) throws -> (indexes: [IndexInfo], all: Bool) {
        switch which {
        case .string("*"): return (Array(collection.indexes.dropFirst()), true)
        case .string(let name): return ([try named(name, collection)], false)
        case .array(let names):
            return (try names.map { try named($0.stringValue ?? "", collection) }, false)
        case .document(let key):
            guard let index = collection.indexes.first(where: { MongoOrder.compare($0.keyPattern, key) == 0 }) else {
                throw CommandError(.indexNotFound, "can't find index with key: \(key.shellText)")
            }
            return ([try droppable(index)], false)
        default:
            throw CommandError.wrongType("dropIndexes.index", which, expected: "string")
        }
    }

    private func named(_ name: String, _ collection: CollectionInfo) throws -> IndexInfo {
        guard let index = collection.index(named: name) else {
            throw CommandError(.indexNotFound, "index not found with name [\(name)]")
        }
        return try droppable(index)
    }

    private func droppable(_ index: IndexInfo) throws -> IndexInfo {
        if index.isID { throw CommandError(.invalidOptions, "cannot drop _id index") }
        return index
    }
}
