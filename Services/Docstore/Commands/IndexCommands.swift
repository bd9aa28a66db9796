import BSON

extension Command {
    static let createIndexes = Command(
        "createIndexes", .inTransaction,
        options: [
            .array: "indexes", .any: "commitQuorum", .lacking: "ignoreUnknownIndexOptions", .required: "indexes",
        ]
    ) { context in
        let namespace = try context.request.writableNamespace()
        let specifications = try context.body.documents("indexes", in: "createIndexes").map(IndexSpecification.init)
        try require(!specifications.isEmpty, .badValue, "Must specify at least one index to create")
        try require(
            context.transaction?.catalog[namespace] == nil, .operationNotSupportedInTransaction,
            "Cannot create indexes on \(namespace) in a transaction.")
        return try context.store.write { writer in
            let isNew = writer.catalog[namespace] == nil
            let collection = try writer.collection(namespace)
            let before = collection.indexes.count
            let added = try IndexBuild(collection: collection, writer: writer).add(specifications)
            let counts: BSONDocument = ["numIndexesBefore": .int(before), "numIndexesAfter": .int(before + added)]
            let rest: BSONDocument =
                added == 0
                ? ["note": "all indexes already exist"]
                : ["createdCollectionAutomatically": .bool(isNew), "commitQuorum": "votingMembers"]
            return .document(BSONDocument(elements: counts.elements + rest.elements))
        }
    }

    static let listIndexes = Command("listIndexes", options: [.document: "cursor"]) { context in
        let namespace = try context.request.namespace()
        return try context.listing(namespace) { try $0.existing(namespace).indexes.map(\.specification) }
    }

    static let dropIndexes = Command(
        "dropIndexes", aliases: ["deleteIndexes"], options: [.any: "index", .required: "index"]
    ) { context in
        let namespace = try context.request.namespace()
        let which = context.body["index"] ?? .null
        return try context.store.write { writer in
            var collection = try writer.catalog.existing(namespace)
            var reply: BSONDocument = ["nIndexesWas": .int(collection.indexes.count)]
            for index in try chosen(which, of: collection) {
                try writer.clear(index)
                collection.indexes.removeAll { $0.number == index.number }
            }
            try writer.setCollection(collection)
            if which == .string("*") { reply.append("msg", "non-_id indexes dropped for collection") }
            return .document(reply)
        }
    }

    private static func chosen(_ which: BSONValue, of collection: CollectionInfo) throws -> [IndexInfo] {
        switch which {
        case .string("*"): return Array(collection.indexes.dropFirst())
        case .array(let names): return try names.flatMap { try chosen($0, of: collection) }
        case .string, .document: break
        default: throw CommandError.wrongType("dropIndexes.index", which, expected: "string")
        }
        let found = try collection.index(which).orThrow(CommandError(.indexNotFound, "index not found: \(which)"))
        try require(!found.isID, .invalidOptions, "cannot drop _id index")
        return [found]
    }
}

extension CollectionInfo {
    /// The index that a name or a key pattern means.
    func index(_ which: BSONValue?) -> IndexInfo? {
        indexes.first { which == .string($0.name) || which?.documentValue.map($0.hasKey) == true }
    }
}

/// Adds indexes to a collection.
private struct IndexBuild {
    private static let maximumIndexes = 64

    let collection: CollectionInfo
    let writer: Writer

    /// Fills the indexes and only then lets them be seen; a duplicate takes all of it back.
    /// - Returns: how many were not there yet.
    func add(_ specifications: [IndexSpecification]) throws -> Int {
        var indexes = try specifications.filter { try isNew($0) }.map {
            try IndexInfo(number: writer.newNumber("index"), specification: $0.stored, isMultikey: false)
        }
        if indexes.isEmpty { return 0 }
        try require(
            collection.indexes.count + indexes.count <= Self.maximumIndexes, .cannotCreateIndex,
            "add index fails, too many indexes for \(collection.namespace)")
        do {
            let documents = try writer.documents(of: collection, after: nil, reverse: false)
            while let (record, bytes) = try documents() {
                let document = try BSONDocument(bytes: bytes)
                for place in indexes.indices { try fill(&indexes[place], document, record) }
            }
        } catch let error as CommandError {
            for index in indexes { try writer.clear(index) }
            throw error.during("Index build failed: Collection \(collection.namespace)")
        }
        var updated = collection
        updated.indexes += indexes
        try writer.setCollection(updated)
        return indexes.count
    }

    private func fill(_ index: inout IndexInfo, _ document: BSONDocument, _ record: RecordID) throws {
        let keys = try index.keys(of: document)
        if keys.isMultikey { index.isMultikey = true }
        for key in keys.keys where try !writer.insertEntry(index, key, record) {
            throw try CommandError.duplicateKey(index, key, document, collection.namespace)
        }
    }

    /// - Returns: false when the very same index is there.
    private func isNew(_ wanted: IndexSpecification) throws -> Bool {
        let partial = "partialFilterExpression"
        for index in collection.indexes {
            let hasSameName = index.name == wanted.name
            let hasSameKey = index.hasKey(wanted.key)
            if hasSameName, index.isID || wanted.isSame(as: index.specification) { return false }
            let isSamePartial = MongoOrder.compare(index.specification[partial], wanted.stored[partial]) == 0
            if hasSameName || (hasSameKey && (isSamePartial || index.isText)) {
                throw CommandError(
                    hasSameName && !hasSameKey ? .indexKeySpecsConflict : .indexOptionsConflict,
                    "Requested index: \(wanted.stored), existing index: \(index.specification)")
            }
        }
        return true
    }
}
