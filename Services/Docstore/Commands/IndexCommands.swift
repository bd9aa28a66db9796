import BSON

extension Command {
    static let createIndexes = Command(
        "createIndexes", [.inTransaction, .writes],
        options: [.array: "indexes!", .any: "commitQuorum", .lacking: "ignoreUnknownIndexOptions"]
    ) { context in
        let namespace = try context.request.writableNamespace()
        let wanted = try context.body.documents("indexes", in: "createIndexes").map { given in
            try IndexInfo(number: 0, specification: IndexSpecification.stored(given))
        }
        try require(!wanted.isEmpty, .badValue, "Must specify at least one index to create")
        return try context.write { writer in
            let isNew = writer.catalog[namespace] == nil
            let isOwn = isNew || context.transaction?.created.contains(namespace) != false
            try require(isOwn, .operationNotSupportedInTransaction, "\(namespace) exists outside of the transaction")
            let collection = try writer.collection(namespace)
            let before = collection.indexes.count
            let added = try writer.build(wanted, of: collection)
            let counts: BSONDocument = ["numIndexesBefore": .int(before), "numIndexesAfter": .int(before + added)]
            let more: BSONDocument =
                added == 0
                ? ["note": "all indexes already exist"]
                : ["createdCollectionAutomatically": .bool(isNew), "commitQuorum": "votingMembers"]
            return .document(counts + more)
        }
    }

    static let listIndexes = Command("listIndexes", options: [.document: "cursor"]) { context in
        let namespace = try context.request.namespace()
        return try context.listing(namespace) { try $0.existing(namespace).indexes.map(\.specification) }
    }

    static let dropIndexes = Command(
        "dropIndexes", aliases: ["deleteIndexes"], .writes, options: [.any: "index!"]
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
        let found = try collection.index(which).orThrow(.init(.indexNotFound, "index not found: \(which)"))
        try require(!found.isID, .invalidOptions, "cannot drop _id index")
        return [found]
    }
}

extension CollectionInfo {
    func index(_ which: BSONValue?) -> IndexInfo? {
        indexes.first { index in
            which == .string(index.name)
                || which?.documentValue.map { MongoOrder.compare(index.keyPattern, $0) == 0 } == true
        }
    }

    /// - Returns: false when the very same index is there.
    fileprivate func lacks(_ wanted: IndexInfo) throws -> Bool {
        // Options that only say how to build it do not count.
        let options = ["unique", "sparse", "expireAfterSeconds", "weights", "default_language"]
        for index in indexes {
            let hasSameName = index.name == wanted.name
            let hasSameKey = index.agrees(with: wanted, on: ["key"])
            let isSamePartial = index.agrees(with: wanted, on: ["partialFilterExpression"])
            let isSame = hasSameKey && isSamePartial && index.agrees(with: wanted, on: options)
            if hasSameName, index.isID || isSame { return false }
            if hasSameName || (hasSameKey && (isSamePartial || index.isText)) {
                let code: ErrorCode = hasSameKey ? .indexOptionsConflict : .indexKeySpecsConflict
                throw CommandError(code, "Requested: \(wanted.specification), existing: \(index.specification)")
            }
        }
        return true
    }
}

extension DocumentWriter {
    /// Fills the indexes that are not there yet and only then lets them be seen; a duplicate takes all of it back.
    /// - Returns: how many were added.
    fileprivate func build(_ wanted: [IndexInfo], of collection: CollectionInfo) throws -> Int {
        var indexes: [IndexInfo] = []
        var updated = collection
        for index in wanted where try updated.lacks(index) {
            indexes.append(try IndexInfo(number: newNumber("index"), specification: index.specification))
            updated.indexes.append(index)
        }
        if indexes.isEmpty { return 0 }
        let fits = updated.indexes.count <= 64
        try require(fits, .cannotCreateIndex, "add index fails, too many indexes for \(collection.namespace)")
        do {
            let documents = try documents(of: collection, along: Walk(index: nil))
            while let (_, record, bytes) = try documents() {
                let document = try BSONDocument(bytes: bytes)
                for place in indexes.indices {
                    let found = try indexes[place].keys(of: document)
                    if found.isMultikey { indexes[place].isMultikey = true }
                    for key in found.keys where try !insertEntry(indexes[place], key, record) {
                        throw try indexes[place].duplicate(key, of: document, in: collection.namespace)
                    }
                }
            }
        } catch let error as CommandError {
            for index in indexes { try clear(index) }
            throw error.during("Index build failed: Collection \(collection.namespace)")
        }
        updated.indexes = collection.indexes + indexes
        try setCollection(updated)
        return indexes.count
    }
}
