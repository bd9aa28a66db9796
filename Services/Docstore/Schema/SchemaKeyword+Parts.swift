import BSON

/// Keywords of arrays and objects, and those that hold schemas.
extension SchemaKeyword {
    static let ofArrays = [
        SchemaKeyword("minItems", [.array], bound(>=, of: \.itemCount, "array did not match specified length")),
        SchemaKeyword("maxItems", [.array], bound(<=, of: \.itemCount, "array did not match specified length")),
        SchemaKeyword("uniqueItems", [.array], uniqueItems),
        SchemaKeyword("items", [.array], items),
        SchemaKeyword("additionalItems", [.array], additionalItems),
    ]

    static let ofObjects = [
        SchemaKeyword("required", [.document], required),
        SchemaKeyword("properties", [.document], properties),
        SchemaKeyword("patternProperties", [.document], patternProperties),
        SchemaKeyword("additionalProperties", [.document], additionalProperties),
        SchemaKeyword("minProperties", [.document], propertyCount(>=)),
        SchemaKeyword("maxProperties", [.document], propertyCount(<=)),
        SchemaKeyword("dependencies", [.document], dependencies),
    ]

    /// `allOf`, `anyOf`, `oneOf`, by how many of the schemas have to match.
    static func combination(_ suffices: @escaping @Sendable (_ matching: Int, _ all: Int) -> Bool) -> Parse {
        { (clause) throws(CommandError) in
            let schemas = try clause.schemas(try clause.array(), isRoot: clause.isRoot)
            guard !schemas.isEmpty else { throw clause.refused("must be a non-empty array", .badValue) }
            return { (value) throws(CommandError) in
                var failing: [BSONValue] = []
                var matching: [BSONValue] = []
                for (index, schema) in schemas.enumerated() {
                    let place = BSONValue.int32(Int32(index))
                    if let details = try schema.failures(of: value) {
                        failing.append(["index": place, "details": details])
                    } else {
                        matching.append(place)
                    }
                }
                if suffices(matching.count, schemas.count) { return nil }
                return clause.failure(
                    clause.name == "oneOf" && !matching.isEmpty
                        ? ["reason": "more than one subschema matched", "matchingSchemaIndexes": .array(matching)]
                        : ["schemasNotSatisfied": .array(failing)])
            }
        }
    }

    static func negation(_ clause: SchemaClause) throws(CommandError) -> SchemaRule? {
        let schema = try clause.schema(clause.argument, isRoot: clause.isRoot)
        return { (value) throws(CommandError) in
            try schema.accepts(value) ? clause.failure(["reason": "child expression matched"]) : nil
        }
    }

    /// One schema for all elements, or one for each of the first.
    private static func items(_ clause: SchemaClause) throws(CommandError) -> SchemaRule? {
        guard case .array(let list) = clause.argument else {
            let schema = try clause.schema(clause.argument, isRoot: false, expected: "an array or an object")
            return every(schema, from: 0, clause, "At least one item did not match the sub-schema")
        }
        let schemas = try clause.schemas(list, isRoot: false)
        return { (value) throws(CommandError) in
            var failing: [BSONValue] = []
            for (index, (element, schema)) in zip(value.arrayValue ?? [], schemas).enumerated() {
                guard let details = try schema.failures(of: element) else { continue }
                failing.append(["itemIndex": .int64(Int64(index)), "details": details])
            }
            return failing.isEmpty ? nil : clause.failure(["details": .array(failing)])
        }
    }

    private static func every(
        _ schema: Schema, from start: Int, _ clause: SchemaClause, _ reason: String
    ) -> SchemaRule {
        { (value) throws(CommandError) in
            for (index, element) in (value.arrayValue ?? []).enumerated().dropFirst(start) {
                guard let details = try schema.failures(of: element) else { continue }
                return clause.failure(
                    ["reason": .string(reason), "itemIndex": .int32(Int32(index)), "details": details])
            }
            return nil
        }
    }

    /// For the elements behind those that `items` lists.
    private static func additionalItems(_ clause: SchemaClause) throws(CommandError) -> SchemaRule? {
        let listed = clause.siblings.array("items")?.count
        if case .bool(let allowed) = clause.argument {
            guard let listed, !allowed else { return nil }
            return { value in
                guard case .array(let elements) = value, elements.count > listed else { return nil }
                return clause.failure("found additional items", ["additionalItems": .array(Array(elements[listed...]))])
            }
        }
        let schema = try clause.schema(clause.argument, isRoot: false, expected: "either an object or a boolean")
        guard let listed else { return nil }
        return every(schema, from: listed, clause, "At least one additional item did not match the sub-schema")
    }

    private static func propertyCount(_ holds: @escaping @Sendable (Int, Int) -> Bool) -> Parse {
        { (clause) throws(CommandError) in
            let bound = try clause.count()
            return { value in
                guard case .document(let document) = value, !holds(document.count, bound) else { return nil }
                return clause.failure(
                    "specified number of properties was not satisfied",
                    ["numberOfProperties": .int32(Int32(document.count))])
            }
        }
    }

    private static func required(_ clause: SchemaClause) throws(CommandError) -> SchemaRule? {
        let names = try clause.names(in: clause.argument)
        return { value in
            guard let missing = value.missing(names) else { return nil }
            return clause.failure(["specifiedAs": .document(clause.quoted), "missingProperties": missing])
        }
    }

    private static func properties(_ clause: SchemaClause) throws(CommandError) -> SchemaRule? {
        let schemas = try clause.namedSchemas()
        return { (value) throws(CommandError) in
            guard case .document(let document) = value else { return nil }
            var failing: [BSONValue] = []
            for (name, schema) in schemas {
                guard let details = try document[name].flatMap(schema.failures) else { continue }
                var entry: BSONDocument = ["propertyName": .string(name)]
                entry.append("description", ifPresent: clause.argument.documentValue?.document(name)?["description"])
                entry.append("details", details)
                failing.append(.document(entry))
            }
            return failing.isEmpty ? nil : clause.failure(["propertiesNotSatisfied": .array(failing)])
        }
    }

    private static func patterns(_ clause: SchemaClause?) throws(CommandError) -> [(regex: Regex, schema: Schema)] {
        var patterns: [(regex: Regex, schema: Schema)] = []
        for (pattern, schema) in try clause?.namedSchemas() ?? [] {
            patterns.append((try Regex(pattern: pattern, options: ""), schema))
        }
        return patterns
    }

    private static func patternProperties(_ clause: SchemaClause) throws(CommandError) -> SchemaRule? {
        let patterns = try patterns(clause)
        return { (value) throws(CommandError) in
            var failing: [BSONValue] = []
            for (name, value) in value.documentValue?.elements ?? [] {
                for (regex, schema) in patterns where try regex.matches(name) {
                    guard let details = try schema.failures(of: value) else { continue }
                    failing.append(
                        ["propertyName": .string(name), "regexMatched": .string(regex.pattern), "details": details])
                }
            }
            return failing.isEmpty ? nil : clause.failure(["details": .array(failing)])
        }
    }

    /// For fields that neither `properties` nor `patternProperties` speak of.
    private static func additionalProperties(_ clause: SchemaClause) throws(CommandError) -> SchemaRule? {
        if clause.argument == .bool(true) { return nil }
        let schema =
            clause.argument == .bool(false)
            ? nil : try clause.schema(clause.argument, isRoot: false, expected: "an object or a boolean")
        let listed = Set(clause.siblings.document("properties")?.keys ?? [])
        let patterns = try patterns(clause.sibling("patternProperties")).map(\.regex)
        return { (value) throws(CommandError) in
            var unwanted: [BSONValue] = []
            fields: for (name, value) in value.documentValue?.elements ?? [] where !listed.contains(name) {
                for pattern in patterns where try pattern.matches(name) { continue fields }
                guard let schema else {
                    unwanted.append(.string(name))
                    continue
                }
                guard let details = try schema.failures(of: value) else { continue }
                return clause.failure(
                    [
                        "reason": "at least one additional property did not match the subschema",
                        "failingProperty": .string(name), "details": details,
                    ])
            }
            if unwanted.isEmpty { return nil }
            return clause.failure(["specifiedAs": .document(clause.quoted), "additionalProperties": .array(unwanted)])
        }
    }

    /// What the presence of a field asks for: other fields, or a schema.
    private static func dependencies(_ clause: SchemaClause) throws(CommandError) -> SchemaRule? {
        guard case .document(let demands) = clause.argument else { throw clause.wrongType("an object") }
        var names: [(name: String, needed: [String])] = []
        var schemas: [(name: String, schema: Schema)] = []
        for (name, demand) in demands.elements {
            if case .array = demand {
                names.append((name, try clause.names(in: demand)))
            } else {
                let expected = "an object of objects and arrays"
                schemas.append((name, try clause.schema(demand, isRoot: clause.isRoot, expected: expected)))
            }
        }
        return { [names, schemas] (value) throws(CommandError) in
            guard case .document(let document) = value else { return nil }
            var failing: [BSONValue] = []
            for (name, needed) in names where document.contains(name) {
                guard let missing = value.missing(needed) else { continue }
                failing.append(["conditionalProperty": .string(name), "missingProperties": missing])
            }
            for (name, schema) in schemas where document.contains(name) {
                guard let details = try schema.failures(of: value) else { continue }
                failing.append(["conditionalProperty": .string(name), "details": details])
            }
            return failing.isEmpty ? nil : clause.failure(["failingDependencies": .array(failing)])
        }
    }
}

extension BSONValue {
    fileprivate var itemCount: Int? { arrayValue?.count }

    /// Those of the names that a document has no field of; nil when there is none, or no document.
    fileprivate func missing(_ names: [String]) -> BSONValue? {
        guard case .document(let document) = self else { return nil }
        let missing = names.filter { !document.contains($0) }.sorted { MongoOrder.compare($0, $1) < 0 }
        return missing.isEmpty ? nil : .array(missing.map(BSONValue.string))
    }
}
