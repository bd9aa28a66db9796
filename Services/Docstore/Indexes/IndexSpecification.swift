import BSON

enum IndexSpecification {
    private static let known: Options = [
        .any: """
        v key name partialFilterExpression expireAfterSeconds ns weights default_language language_override \
        textIndexVersion
        """,
        .bool: "unique sparse background dropDups",
        .lacking: "collation hidden",
    ]
    private static let knownOfID: Options = [.any: "v key name ns", .bool: "background", .lacking: "collation"]

    /// Checks a definition and brings it into the form that `listIndexes` shows, in MongoDB's order of fields.
    static func stored(_ given: BSONDocument) throws -> BSONDocument {
        guard case .document(let key)? = given["key"], case .string(let name)? = given["name"] else {
            throw CommandError.failedToParse("'key' and 'name' are required in an index specification: \(given)")
        }
        try require(name != "*", .badValue, "The index name '*' is not valid.")
        let isID = key.keys == ["_id"] && Number(key[0].value)?.exactInt64 == 1
        do {
            try (isID ? knownOfID : known).check(given, in: "indexes")
        } catch let error as CommandError where error.code != ErrorCode.typeMismatch.rawValue {
            throw CommandError(.invalidIndexSpecificationOption, "\(error.message) Specification: \(given)")
        }
        try check(given, key, name)
        let text = try TextIndexOptions.normalize(given, key: key)
        var stored: BSONDocument = ["v": 2]
        if given.flag("unique") { stored.append("unique", true) }
        stored.append("key", .document(text?.key ?? key))
        stored.append("name", .string(isID ? "_id_" : name))
        for (field, value) in given.elements {
            switch field {
            case "sparse": if value.isTruthy { stored.append(field, true) }
            case "partialFilterExpression":
                stored.append(field, .document(PartialFilter.normalized(value.documentValue ?? [:])))
            case "expireAfterSeconds", "background": stored.append(field, value)
            default: break
            }
        }
        stored.elements += text?.options.elements ?? []
        return stored
    }

    private static func check(_ given: BSONDocument, _ key: BSONDocument, _ name: String) throws {
        func demand(_ condition: Bool, _ message: String) throws {
            try require(condition, .cannotCreateIndex, "Error in specification \(given) :: caused by :: \(message)")
        }
        try demand(given["v"] == nil || given.double("v") == 2, "only indexes of v=2 are implemented")
        try demand(!name.isEmpty, "Index names cannot be empty.")
        try demand(!key.isEmpty, "Index keys cannot be empty.")
        try demand(Set(key.keys).count == key.count, "Index keys cannot name a field twice.")
        for (path, direction) in key.elements {
            let isDirection = Number(direction).map { !$0.isZero && !$0.isNaN } ?? false
            try demand(isDirection || direction == "text", "\(direction) is no direction and no kind of index.")
            try demand(!path.hasSuffix("$**"), "wildcard indexes are not implemented")
            for part in FieldPath.split(path) {
                let isAllowed = !part.hasPrefix("$") || BSONDocument.referenceKeys.contains(part)
                try demand(!part.isEmpty && isAllowed, "Index key contains an illegal field name: '\(part)'.")
            }
        }
        if let value = given["partialFilterExpression"] {
            let filter = try value.documentValue.orThrow(.typeMismatch("a partial filter is no document: \(given)"))
            try demand(!given.flag("sparse"), "cannot mix \"partialFilterExpression\" and \"sparse\" options")
            try demand(PartialFilter.isAllowed(filter), "unsupported expression in partial index: \(filter)")
            _ = try Matcher(filter: filter)
        }
        if let value = given["expireAfterSeconds"] {
            let isInRange = Number(value).map { 0...Int64(Int32.max) ~= $0.clampedInt64 } ?? false
            try demand(isInRange, "'expireAfterSeconds' must be a number within an acceptable range.")
            try demand(key.count == 1 && key.keys != ["_id"], "TTL indexes are of one field, and not of _id.")
        }
    }
}
