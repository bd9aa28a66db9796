import BSON

/// `createIndexes`
struct CreateIndexesCommand: Command {
    static let name = "createIndexes"
    static let traits: CommandTraits = .inTransaction
    static let options: Set<String> = ["indexes", "commitQuorum", "ignoreUnknownIndexOptions"]

    private static let maximumIndexes = 64

    private let namespace: Namespace
    private let specifications: [IndexSpecification]

    init(_ request: CommandRequest) throws {
        namespace = try request.namespace()
        guard let values = try CommandArguments(request).array("indexes") else {
            throw CommandError(code: 40414, "BSON field 'createIndexes.indexes' is missing but a required field")
        }
        guard !values.isEmpty else { throw CommandError(.badValue, "Must specify at least one index to create") }
        specifications = try values.map { value in
            guard case .document(let document) = value else {
                throw CommandError.wrongType("createIndexes.indexes", value, expected: "object")
            }
            return try IndexSpecification(document)
        }
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        try namespace.requireWritable()
        if let transaction = context.transaction, transaction.view.catalog[namespace] != nil {
            throw CommandError(
                .operationNotSupportedInTransaction,
                "Cannot create new indexes on existing collection \(namespace) in a multi-document transaction.")
        }
        return try context.store.write { writer in
            let created = writer.catalog[namespace] == nil
            let collection = try writer.catalog[namespace] ?? writer.createCollection(namespace)
            let before = collection.indexes.count
            let new = try specifications.filter { try isNew($0, collection) }
            if new.isEmpty {
                return .document([
                    "numIndexesBefore": .int32(Int32(before)), "numIndexesAfter": .int32(Int32(before)),
                    "note": "all indexes already exist",
                ])
            }
            guard before + new.count <= Self.maximumIndexes else {
                throw CommandError(.cannotCreateIndex, "add index fails, too many indexes for \(namespace)")
            }
            try build(new, collection, writer)
            return .document([
                "numIndexesBefore": .int32(Int32(before)), "numIndexesAfter": .int32(Int32(before + new.count)),
                "createdCollectionAutomatically": .bool(created), "commitQuorum": "votingMembers",
            ])
        }
    }

    /// - Returns: false when the very same index is there.
    private func isNew(_ wanted: IndexSpecification, _ collection: CollectionInfo) throws -> Bool {
        for index in collection.indexes {
            let sameKey = MongoOrder.compare(index.keyPattern, wanted.key) == 0
            let detail = "Requested index: \(wanted.stored.shellText), existing index: \(index.specification.shellText)"
            if index.name == wanted.name {
                if index.isID { return false }
                if wanted.isSame(as: index.specification) { return false }
                if sameKey {
                    throw CommandError(
                        .indexOptionsConflict,
                        "An equivalent index already exists with the same name but different options. \(detail)")
                }
                throw CommandError(
                    .indexKeySpecsConflict,
                    "An existing index has the same name as the requested index. \(detail)")
            }
            let samePartial =
                MongoOrder.compare(
                    index.specification["partialFilterExpression"], wanted.stored["partialFilterExpression"]) == 0
            if sameKey, samePartial || index.isText {
                throw CommandError(
                    .indexOptionsConflict,
                    wanted.isSame(as: index.specification)
                        ? "Index already exists with a different name: \(index.name)"
                        : "An equivalent index already exists with a different name and options. \(detail)")
            }
        }
        return true
    }

    /// Fills the indexes and only then lets them be seen; a duplicate takes all of it back.
    private func build(_ new: [IndexSpecification], _ collection: CollectionInfo, _ writer: Writer) throws {
        var indexes = try new.map {
            try IndexInfo(number: writer.newNumber("index"), specification: $0.stored, isMultikey: false)
        }
        let scan = try writer.scan(collection, after: nil, reverse: false)
        do {
            while let (record, bytes) = try scan.next() {
                let document = try BSONDocument(bytes: bytes)
                for position in indexes.indices {
                    let keys = try IndexKeyGenerator.keys(of: document, in: indexes[position])
                    if keys.isMultikey { indexes[position].isMultikey = true }
                    for key in keys.keys where try !writer.insertEntry(indexes[position], key, record) {
                        throw try CommandError.duplicateKey(indexes[position], key, document, namespace)
                    }
                }
            }
        } catch let error as CommandError {
            for index in indexes { try writer.clear(index) }
            throw error.during("Index build failed: Collection \(namespace)")
        }
        var updated = collection
        updated.indexes += indexes
        try writer.setCollection(updated)
    }
}
