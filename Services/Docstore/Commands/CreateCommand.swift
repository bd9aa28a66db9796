import BSON

/// `create`
struct CreateCommand: Command {
    static let name = "create"
    static let traits: CommandTraits = .inTransaction
    static let options: Set<String> = [
        "validator", "validationLevel", "validationAction", "autoIndexId", "idIndex", "collation", "capped", "viewOn",
        "timeseries", "expireAfterSeconds", "clusteredIndex", "storageEngine", "indexOptionDefaults", "size", "max",
        "pipeline",
    ]

    private let namespace: Namespace
    private let collectionOptions: BSONDocument

    init(_ request: CommandRequest) throws {
        namespace = try request.namespace()
        let arguments = CommandArguments(request)
        try arguments.refuse([
            "collation", "capped", "viewOn", "timeseries", "expireAfterSeconds", "clusteredIndex", "storageEngine",
            "indexOptionDefaults", "size", "max", "pipeline",
        ])
        collectionOptions = try ValidationOptions.read(arguments)
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        try namespace.requireWritable()
        _ = try ValidationRule(options: collectionOptions)
        return try context.store.write { writer in
            if let existing = writer.catalog[namespace] {
                // The same again is a success only for a collection without options of its own in a transaction.
                if context.transaction == nil || !existing.options.isEmpty {
                    throw CommandError(.namespaceExists, "Collection already exists. NS: \(namespace)")
                }
            }
            let created = try writer.createCollection(namespace, options: collectionOptions)
            context.transaction?.view.add(created)
            return .done
        }
    }
}

/// The options of `create` and `collMod` about validation.
enum ValidationOptions {
    static func read(_ arguments: CommandArguments) throws -> BSONDocument {
        var options = BSONDocument()
        if let validator = try arguments.document("validator") { options.append("validator", .document(validator)) }
        for (field, allowed) in [
            ("validationLevel", ["off", "strict", "moderate"]), ("validationAction", ["error", "warn"]),
        ] {
            guard let value = arguments.body[field] else { continue }
            guard case .string(let text) = value else {
                throw CommandError.wrongType("\(arguments.command).\(field)", value, expected: "string")
            }
            guard allowed.contains(text) else {
                throw CommandError(
                    .badValue,
                    "Enumeration value '\(text)' for field '\(arguments.command).\(field)' is not a valid value.")
            }
            options.append(field, value)
        }
        return options
    }
}

/// `collMod`
struct CollModCommand: Command {
    static let name = "collMod"
    static let options: Set<String> = ["validator", "validationLevel", "validationAction", "index"]

    private let namespace: Namespace
    private let changes: BSONDocument
    private let index: BSONDocument?

    init(_ request: CommandRequest) throws {
        namespace = try request.namespace()
        let arguments = CommandArguments(request)
        changes = try ValidationOptions.read(arguments)
        index = try arguments.document("index")
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        try context.store.write { writer in
            guard var collection = writer.catalog[namespace] else {
                throw CommandError(.namespaceNotFound, "ns does not exist")
            }
            var options = collection.options
            for (field, value) in changes.elements { options[field] = value }
            if changes.document("validator")?.isEmpty == true { options["validator"] = nil }
            collection.validation = try ValidationRule(options: options)
            collection.options = options
            var reply = BSONDocument()
            if let index { reply = try changeIndex(index, &collection) }
            try writer.setCollection(collection)
            return .document(reply)
        }
    }

    /// Only when documents expire can be changed of an index.
    private func changeIndex(_ change: BSONDocument, _ collection: inout CollectionInfo) throws -> BSONDocument {
        let known: Set<String> = ["name", "keyPattern", "expireAfterSeconds"]
        for field in change.keys where !known.contains(field) {
            throw CommandError(code: 40415, "BSON field 'collMod.index.\(field)' is an unknown field.")
        }
        guard let seconds = change["expireAfterSeconds"], Number(seconds) != nil else {
            throw CommandError(.invalidOptions, "no expireAfterSeconds or hidden field")
        }
        let position = collection.indexes.firstIndex { index in
            change.string("name") == index.name
                || change.document("keyPattern").map { MongoOrder.compare($0, index.keyPattern) == 0 } == true
        }
        guard let position else { throw CommandError(.indexNotFound, "cannot find index for ns \(namespace)") }
        let old = collection.indexes[position]
        guard let previous = old.specification["expireAfterSeconds"] else {
            throw CommandError(.invalidOptions, "no expireAfterSeconds field to update")
        }
        var specification = old.specification
        specification["expireAfterSeconds"] = seconds
        collection.indexes[position] = try IndexInfo(
            number: old.number, specification: specification, isMultikey: old.isMultikey)
        return ["expireAfterSeconds_old": previous, "expireAfterSeconds_new": seconds]
    }
}
