import BSON

extension Command {
    static let create = Command(
        "create", [.inTransaction, .writes],
        options: [
            .document: "validator", .string: "validationLevel validationAction",
            .lacking: "collation capped viewOn timeseries clusteredIndex storageEngine indexOptionDefaults size max",
        ]
    ) { context in
        let namespace = try context.request.writableNamespace()
        let options = try validationOptions(context.body)
        _ = try ValidationRule(options: options)
        return try context.write { writer in
            let isNew = writer.catalog[namespace] == nil
            try require(isNew, .namespaceExists, "Collection already exists. NS: \(namespace)")
            _ = try writer.createCollection(namespace, options: options)
            return [:]
        }
    }

    private static func validationOptions(_ body: BSONDocument) throws -> BSONDocument {
        var options = BSONDocument()
        options.append("validator", ifPresent: body.document("validator").map { .document($0) })
        let allowed = [("validationLevel", ["off", "strict", "moderate"]), ("validationAction", ["error", "warn"])]
        for (name, values) in allowed {
            guard let value = body.string(name) else { continue }
            try require(values.contains(value), .badValue, "'\(value)' for '\(name)' is not a valid value.")
            options.append(name, .string(value))
        }
        return options
    }

    static let collMod = Command(
        "collMod", .writes, options: [.document: "validator index", .string: "validationLevel validationAction"]
    ) { context in
        let namespace = try context.request.namespace()
        let changes = try validationOptions(context.body)
        return try context.store.write { writer in
            let collection = try writer.catalog.existing(namespace)
            var options = collection.options
            for (field, value) in changes.elements { options[field] = value }
            if changes.document("validator")?.isEmpty == true { options["validator"] = nil }
            var changed = try collection.with(options: options)
            let reply = try context.body.document("index").map { try changeExpiry($0, &changed) }
            try writer.setCollection(changed)
            return .document(reply ?? [:])
        }
    }

    /// Only when documents expire can be changed of an index.
    private static func changeExpiry(_ change: BSONDocument, _ table: inout CollectionInfo) throws -> BSONDocument {
        let known: Options = [.string: "name", .document: "keyPattern", .number: "expireAfterSeconds"]
        try known.check(change, in: "collMod.index")
        let field = "expireAfterSeconds"
        let which = ["name", "keyPattern"].compactMap { change[$0] }
        try require(which.count == 1, .invalidOptions, "must specify either index name or key pattern")
        let seconds = try change[field].orThrow(.init(.invalidOptions, "no \(field) is given"))
        let old = try table.index(which[0]).orThrow(.init(.indexNotFound, "no index \(which[0]) of \(table.namespace)"))
        var specification = old.specification
        let previous = try specification[field].orThrow(.init(.invalidOptions, "there is no \(field) to change"))
        specification[field] = seconds
        let new = try IndexInfo(number: old.number, specification: specification, isMultikey: old.isMultikey)
        table.indexes = table.indexes.map { $0.number == new.number ? new : $0 }
        return ["expireAfterSeconds_old": previous, "expireAfterSeconds_new": seconds]
    }

    static let drop = Command("drop", .writes) { context in
        let namespace = try context.request.namespace()
        return try context.store.write { writer in
            let collection = try writer.catalog.existing(namespace)
            try writer.drop(collection)
            return ["nIndexesWas": .int(collection.indexes.count), "ns": .string("\(namespace)")]
        }
    }

    static let dropDatabase = Command("dropDatabase", .writes) { context in
        let database = context.request.database
        let existed = try context.store.write { try $0.drop(database: database) }
        return existed ? ["dropped": .string(database)] : [:]
    }

    static let listDatabases = Command(
        "listDatabases", .adminOnly, options: [.document: "filter", .bool: "nameOnly authorizedDatabases"]
    ) { context in
        let matcher = try Matcher(filter: context.body.document("filter") ?? [:])
        let size = context.store.fileSize
        let details: BSONDocument = context.body.flag("nameOnly") ? [:] : ["sizeOnDisk": .int64(size), "empty": false]
        let databases = try Set(context.store.catalog.collections.keys.map(\.database)).sorted()
            .map { (["name": .string($0)] as BSONDocument) + details }
            .filter { try matcher.matches($0) }
        var reply: BSONDocument = ["databases": .documents(databases)]
        if !details.isEmpty { reply.append("totalSize", .int64(size)) }
        return .document(reply)
    }

    static let listCollections = Command(
        "listCollections", options: [.document: "filter cursor", .bool: "nameOnly authorizedCollections"]
    ) { context in
        let matcher = try Matcher(filter: context.body.document("filter") ?? [:])
        let database = context.request.database
        return try context.listing(Namespace(database: database, collection: "$cmd.listCollections")) { catalog in
            var documents: [BSONDocument] = []
            for collection in catalog.collections(in: database) {
                var description: BSONDocument = [
                    "name": .string(collection.namespace.collection), "type": "collection",
                    "options": .document(collection.options),
                    "info": ["readOnly": false, "uuid": collection.uuid],
                    "idIndex": .document(collection.idIndex.specification),
                ]
                guard try matcher.matches(description) else { continue }
                if context.body.flag("nameOnly") { description.elements.removeLast(3) }
                documents.append(description)
            }
            return documents
        }
    }
}
