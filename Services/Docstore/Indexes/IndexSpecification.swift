import BSON

/// The definition of an index as `createIndexes` takes it: checked, and brought into the form `listIndexes` shows.
struct IndexSpecification {
    /// In MongoDB's order of fields.
    let stored: BSONDocument
    let name: String
    let key: BSONDocument

    /// Options an index may have here; others that MongoDB has are refused by name.
    private static let known: Set<String> = [
        "v", "key", "name", "unique", "sparse", "partialFilterExpression", "expireAfterSeconds", "background", "ns",
        "weights", "default_language", "language_override", "textIndexVersion", "collation", "hidden",
    ]
    private static let knownForID: Set<String> = ["v", "key", "name", "ns", "collation", "background"]

    init(_ given: BSONDocument) throws {
        guard case .document(let key)? = given["key"], case .string(let name)? = given["name"] else {
            throw CommandError.failedToParse("'key' and 'name' are required in an index specification: \(given)")
        }
        try require(!name.isEmpty, .cannotCreateIndex, "index names cannot be empty: \(given)")
        try require(name != "*", .badValue, "The index name '*' is not valid.")
        let isID = key.keys == ["_id"] && Number(key[0].value)?.exactInt64 == 1
        for field in given.keys {
            let isRefused =
                switch field {
                case "hidden": given.flag("hidden")
                case "collation": given.document("collation").map { $0.string("locale") != "simple" } ?? false
                default: false
                }
            try require(
                (isID ? Self.knownForID : Self.known).contains(field) && !isRefused, .invalidIndexSpecificationOption,
                "The field '\(field)' is not valid for an index specification. Specification: \(given)")
        }
        try Self.check(key, given)
        try Self.checkPartial(given)
        try Self.checkExpiry(given, key)
        let text = try TextIndexOptions.normalize(given, key: key)
        self.name = isID ? "_id_" : name
        self.key = text?.key ?? key
        var stored: BSONDocument = ["v": 2]
        if given.flag("unique") { stored.append("unique", true) }
        stored.append("key", .document(self.key))
        stored.append("name", .string(self.name))
        for (field, value) in given.elements {
            switch field {
            case "sparse": if value.isTruthy { stored.append(field, true) }
            case "partialFilterExpression":
                stored.append(field, .document(PartialFilter.normalized(value.documentValue ?? [:])))
            case "expireAfterSeconds": stored.append(field, value)
            default: break
            }
        }
        stored.elements += text?.options.elements ?? []
        self.stored = stored
    }

    private static func check(_ key: BSONDocument, _ given: BSONDocument) throws {
        func demand(_ condition: Bool, _ message: String) throws {
            try require(condition, .cannotCreateIndex, "Error in specification \(given) :: caused by :: \(message)")
        }
        try demand(!key.isEmpty, "Index keys cannot be empty.")
        try demand(Set(key.keys).count == key.count, "Index keys cannot name a field twice.")
        for (path, direction) in key.elements {
            if case .string(let plugin) = direction {
                try demand(plugin == "text", "Unknown index plugin '\(plugin)'")
            } else {
                let number = Number(direction)
                try demand(
                    number.map { !$0.isZero && !$0.isNaN } ?? false,
                    "Values in an index key pattern have to be numbers other than 0, or strings.")
            }
            try demand(!path.hasSuffix("$**"), "wildcard indexes are not implemented")
            for part in FieldPath.split(path) {
                try demand(!part.isEmpty, "Index keys cannot contain an empty field.")
                try demand(
                    !part.hasPrefix("$") || BSONDocument.referenceKeys.contains(part),
                    "Index key contains an illegal field name: field name starts with '$'.")
            }
        }
    }

    private static func checkPartial(_ given: BSONDocument) throws {
        guard let value = given["partialFilterExpression"] else { return }
        guard case .document(let filter) = value else {
            throw CommandError.typeMismatch("'partialFilterExpression' for an index has to be a document: \(given)")
        }
        try require(
            !given.flag("sparse"), .cannotCreateIndex,
            "cannot mix \"partialFilterExpression\" and \"sparse\" options")
        try require(
            PartialFilter.isAllowed(filter), .cannotCreateIndex, "unsupported expression in partial index: \(filter)")
        _ = try Matcher(filter: filter)
    }

    private static func checkExpiry(_ given: BSONDocument, _ key: BSONDocument) throws {
        guard let value = given["expireAfterSeconds"] else { return }
        try require(
            Number(value).map { (0...Int64(Int32.max)).contains($0.clampedInt64) } ?? false, .cannotCreateIndex,
            "TTL index 'expireAfterSeconds' option must be numeric and within an acceptable range: \(given)")
        try require(
            key.count == 1 && key.keys != ["_id"], .cannotCreateIndex,
            "TTL indexes are single-field indexes of another field than _id: \(given)")
    }

    /// Whether it asks for the same index: options that only say how to build do not count.
    func isSame(as other: BSONDocument) -> Bool {
        let options = [
            "key", "unique", "sparse", "partialFilterExpression", "expireAfterSeconds", "weights", "default_language",
        ]
        return options.allSatisfy { MongoOrder.compare(stored[$0], other[$0]) == 0 }
    }
}
