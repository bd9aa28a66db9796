import BSON

extension Command {
    static let createIndexes = Command(
        "createIndexes", .inTransaction,
        options: [.array("indexes").required, .any("commitQuorum"), .lacking("ignoreUnknownIndexOptions")]
    ) { context in
        let namespace = try context.request.writableNamespace()
        let specifications = try context.body.documents("indexes", in: "createIndexes").map {
            try IndexSpecification($0)
        }
        if specifications.isEmpty { throw CommandError(.badValue, "Must specify at least one index to create") }
        if let transaction = context.transaction, transaction.catalog[namespace] != nil {
            throw CommandError(
                .operationNotSupportedInTransaction, "Cannot create indexes on \(namespace) in a transaction.")
        }
        return try context.store.write { writer in
            let isNew = writer.catalog[namespace] == nil
            let collection = try writer.collection(namespace)
            let build = IndexBuild(collection: collection, writer: writer)
            let before = collection.indexes.count
            let added = try build.add(specifications)
            var reply: BSONDocument = [
                "numIndexesBefore": .int32(Int32(before)), "numIndexesAfter": .int32(Int32(before + added)),
            ]
            if added == 0 {
                reply.append("note", "all indexes already exist")
            } else {
                reply.append("createdCollectionAutomatically", .bool(isNew))
                reply.append("commitQuorum", "votingMembers")
            }
            return .document(reply)
        }
    }

    static let listIndexes = Command("listIndexes", options: [.document("cursor")]) { context in
        let namespace = try context.request.namespace()
        return try context.firstBatch(try context.cursorBatchSize(), isListing: true) { view in
            let indexes = try view.catalog.existing(namespace).indexes
            return QueryCursor(namespace, over: nil, FixedSource(indexes.map(\.specification)), for: context)
        }
    }

    static let dropIndexes = Command(
        "dropIndexes", aliases: ["deleteIndexes"], options: [.any("index").required]
    ) { context in
        let namespace = try context.request.namespace()
        return try context.store.write { writer in
            var collection = try writer.catalog.existing(namespace)
            let dropped = try chosen(context.body["index"] ?? .null, of: collection)
            var reply: BSONDocument = ["nIndexesWas": .int32(Int32(collection.indexes.count))]
            for index in dropped {
                try writer.clear(index)
                collection.indexes.removeAll { $0.number == index.number }
            }
            try writer.setCollection(collection)
            if context.body["index"] == .string("*") { reply.append("msg", "non-_id indexes dropped for collection") }
            return .document(reply)
        }
    }

    private static func chosen(_ which: BSONValue, of collection: CollectionInfo) throws -> [IndexInfo] {
        let found: IndexInfo?
        switch which {
        case .string("*"): return Array(collection.indexes.dropFirst())
        case .array(let names): return try names.flatMap { try chosen($0, of: collection) }
        case .string(let name): found = collection.indexes.first { $0.name == name }
        case .document(let key): found = collection.indexes.first { $0.hasKey(key) }
        default: throw CommandError.wrongType("dropIndexes.index", which, expected: "string")
        }
        guard let found else { throw CommandError(.indexNotFound, "index not found: \(which)") }
        if found.isID { throw CommandError(.invalidOptions, "cannot drop _id index") }
        return [found]
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
        guard collection.indexes.count + indexes.count <= Self.maximumIndexes else {
            throw CommandError(.cannotCreateIndex, "add index fails, too many indexes for \(collection.namespace)")
        }
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
        let keys = try IndexKeyGenerator.keys(of: document, in: index)
        if keys.isMultikey { index.isMultikey = true }
        for key in keys.keys where try !writer.insertEntry(index, key, record) {
            throw try CommandError.duplicateKey(index, key, document, collection.namespace)
        }
    }

    /// - Returns: false when the very same index is there.
    private func isNew(_ wanted: IndexSpecification) throws -> Bool {
        for index in collection.indexes {
            let hasSameName = index.name == wanted.name
            if hasSameName, index.isID || wanted.isSame(as: index.specification) { return false }
            let detail = "Requested index: \(wanted.stored), existing index: \(index.specification)"
            if hasSameName, !index.hasKey(wanted.key) {
                throw CommandError(.indexKeySpecsConflict, "An existing index has the requested name. \(detail)")
            }
            let partial = "partialFilterExpression"
            let isSamePartial = MongoOrder.compare(index.specification[partial], wanted.stored[partial]) == 0
            if hasSameName || (index.hasKey(wanted.key) && (isSamePartial || index.isText)) {
                throw CommandError(.indexOptionsConflict, "An equivalent index already exists. \(detail)")
            }
        }
        return true
    }
}
