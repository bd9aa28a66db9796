import BSON

/// The definition of an index as `createIndexes` takes it: checked, and brought into the form `listIndexes` shows.
struct IndexSpecification {
    /// In MongoDB's order of fields.
    let stored: BSONDocument
    let name: String
    let key: BSONDocument
    let isUnique: Bool

    /// Options an index may have here; others that MongoDB has are refused by name.
    private static let known: Set<String> = [
        "v", "key", "name", "unique", "sparse", "partialFilterExpression", "expireAfterSeconds", "background", "ns",
        "weights", "default_language", "language_override", "textIndexVersion", "collation", "hidden",
    ]
    private static let knownForID: Set<String> = ["v", "key", "name", "ns", "collation", "background"]

    init(_ given: BSONDocument) throws {
        let about = "Error in specification \(given) :: caused by :: "
        guard case .document(let key)? = given["key"] else {
            throw CommandError(
                .failedToParse, about + "The 'key' field is a required property of an index specification")
        }
        guard case .string(let name)? = given["name"] else {
            throw CommandError(
                .failedToParse, about + "The 'name' field is a required property of an index specification")
        }
        guard !name.isEmpty else { throw CommandError(.cannotCreateIndex, about + "index names cannot be empty") }
        guard name != "*" else { throw CommandError(.badValue, "The index name '*' is not valid.") }
        for field in given.keys where !Self.known.contains(field) {
            throw CommandError(
                .invalidIndexSpecificationOption,
                about
                    + "The field '\(field)' is not valid for an index specification. Specification: \(given)")
        }
        try Self.check(key, about)
        if key.count == 1, key.keys == ["_id"], Number(key[0].value)?.exactInt64 == 1 {
            try Self.checkID(given)
        }
        if given["hidden"]?.isTruthy == true
            || given.document("collation").map({ $0.string("locale") != "simple" }) == true
        {
            throw CommandError(
                .invalidIndexSpecificationOption,
                about + "hidden indexes and collations are not implemented. Specification: \(given)")
        }
        try Self.checkPartial(given, about)
        try Self.checkExpiry(given, key)
        self.name = key.keys == ["_id"] && Number(key[0].value)?.exactInt64 == 1 ? "_id_" : name
        isUnique = given["unique"]?.isTruthy == true
        let text = try TextIndexOptions.normalize(given, key: key)
        self.key = text?.key ?? key
        stored = try Self.normalize(given, key: self.key, name: self.name, text: text?.options ?? [:])
    }

    private static func check(_ key: BSONDocument, _ about: String) throws {
        func fail(_ message: String) -> CommandError { CommandError(.cannotCreateIndex, about + message) }
        if key.isEmpty { throw fail("Index keys cannot be empty.") }
        var seen: Set<String> = []
        for (path, direction) in key.elements {
            switch direction {
            case .string(let plugin):
                guard plugin == "text" else { throw fail("Unknown index plugin '\(plugin)'") }
            default:
                guard let number = Number(direction) else {
                    throw fail(
                        "Values in v:2 index key pattern cannot be of type \(direction.type.name). Only numbers > 0, "
                            + "numbers < 0, and strings are allowed.")
                }
                if number.isZero || number.isNaN { throw fail("Values in the index key pattern cannot be 0.") }
            }
            if path.isEmpty { throw fail("Index keys cannot be an empty field.") }
            for part in path.split(separator: ".", omittingEmptySubsequences: false) {
                if part.isEmpty { throw fail("Index keys cannot contain an empty field.") }
                if part.hasPrefix("$"), !["$id", "$ref", "$db"].contains(part), path != "$**" {
                    throw fail("Index key contains an illegal field name: field name starts with '$'.")
                }
            }
            if path == "$**" || path.hasSuffix(".$**") { throw fail("wildcard indexes are not implemented") }
            if !seen.insert(path).inserted { throw fail("Index key cannot name '\(path)' twice") }
        }
    }

    private static func checkID(_ given: BSONDocument) throws {
        for field in given.keys where !knownForID.contains(field) {
            throw CommandError(
                .invalidIndexSpecificationOption,
                "The field '\(field)' is not valid for an _id index specification. Specification: \(given)")
        }
    }

    private static func checkPartial(_ given: BSONDocument, _ about: String) throws {
        guard let value = given["partialFilterExpression"] else { return }
        guard case .document(let filter) = value else {
            throw CommandError(.typeMismatch, about + "'partialFilterExpression' for an index has to be a document")
        }
        if given["sparse"]?.isTruthy == true {
            throw CommandError(
                .cannotCreateIndex, "cannot mix \"partialFilterExpression\" and \"sparse\" options")
        }
        guard PartialFilter.isAllowed(filter) else {
            throw CommandError(
                .cannotCreateIndex, about + "unsupported expression in partial index: \(filter)")
        }
        _ = try Matcher(filter: filter)
    }

    private static func checkExpiry(_ given: BSONDocument, _ key: BSONDocument) throws {
        guard let value = given["expireAfterSeconds"] else { return }
        func fail(_ message: String) -> CommandError {
            CommandError(.cannotCreateIndex, "\(message). Index spec: \(given)")
        }
        guard let number = Number(value) else { throw fail("TTL index 'expireAfterSeconds' option must be numeric") }
        if number.clampedInt64 < 0 { throw fail("TTL index 'expireAfterSeconds' option cannot be less than 0") }
        if number.clampedInt64 > Int64(Int32.max) {
            throw fail("TTL index 'expireAfterSeconds' option must be within an acceptable range, try a lower number")
        }
        if key.count > 1 { throw fail("TTL indexes are single-field indexes, compound indexes do not support TTL") }
        if key.keys == ["_id"] {
            throw fail("The field 'expireAfterSeconds' is not valid for an _id index specification")
        }
    }

    private static func normalize(
        _ given: BSONDocument, key: BSONDocument, name: String, text: BSONDocument
    ) throws -> BSONDocument {
        var stored: BSONDocument = ["v": 2]
        if given["unique"]?.isTruthy == true { stored.append("unique", true) }
        stored.append("key", .document(key))
        stored.append("name", .string(name))
        for (field, value) in given.elements {
            switch field {
            case "v", "unique", "key", "name", "ns", "background", "weights", "default_language",
                "language_override", "textIndexVersion", "hidden", "collation":
                break
            case "sparse": if value.isTruthy { stored.append("sparse", true) }
            case "partialFilterExpression":
                stored.append(field, .document(PartialFilter.normalized(value.documentValue ?? [:])))
            default: stored.append(field, value)
            }
        }
        for element in text.elements { stored.append(element.key, element.value) }
        return stored
    }

    /// Whether it asks for the same index: options that only say how to build do not count.
    func isSame(as other: BSONDocument) -> Bool {
        let comparable = [
            "unique", "sparse", "partialFilterExpression", "expireAfterSeconds", "weights", "default_language",
        ]
        return MongoOrder.compare(key, other.document("key") ?? [:]) == 0
            && comparable.allSatisfy { MongoOrder.compare(stored[$0], other[$0]) == 0 }
    }
}
