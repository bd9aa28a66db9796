import BSON

extension SchemaKeyword {
    /// `allOf`, `anyOf`, `oneOf`, by how many of the schemas have to match.
    static func combination(_ suffices: @escaping @Sendable (_ matching: Int, _ all: Int) -> Bool) -> Parse {
        { clause in
            let schemas = try clause.schemas(try clause.array(), isRoot: clause.isRoot)
            guard !schemas.isEmpty else { throw clause.refused("must be a non-empty array", .badValue) }
            return { value in
                var failing: [BSONDocument] = []
                var matching: [BSONValue] = []
                for (index, schema) in schemas.enumerated() {
                    let place = BSONValue.int32(Int32(index))
                    try failing.check(value, schema, ["index": place])
                    if failing.last?["index"] != place { matching.append(place) }
                }
                if suffices(matching.count, schemas.count) { return nil }
                return clause.failure(
                    clause.name == "oneOf" && !matching.isEmpty
                        ? ["reason": "more than one subschema matched", "matchingSchemaIndexes": .array(matching)]
                        : ["schemasNotSatisfied": .documents(failing)])
            }
        }
    }

    static func negation(_ clause: SchemaClause) throws -> SchemaRule? {
        let schema = try clause.schema(clause.argument, isRoot: clause.isRoot)
        return { value in try schema.accepts(value) ? clause.failure(["reason": "child expression matched"]) : nil }
    }

    static func items(_ clause: SchemaClause) throws -> SchemaRule? {
        guard case .array(let list) = clause.argument else {
            let schema = try clause.schema(clause.argument, isRoot: false, expected: "an array or an object")
            return every(schema, from: 0, clause, "At least one item did not match the sub-schema")
        }
        let schemas = try clause.schemas(list, isRoot: false)
        return clause.rule { value, failing in
            for (index, (element, schema)) in zip(value.arrayValue ?? [], schemas).enumerated() {
                try failing.check(element, schema, ["itemIndex": .int64(Int64(index))])
            }
        }
    }

    private static func every(
        _ schema: Schema, from start: Int, _ clause: SchemaClause, _ reason: String
    ) -> SchemaRule {
        clause.rule(firstBy: reason) { value, failing in
            for (index, element) in (value.arrayValue ?? []).enumerated().dropFirst(start) where failing.isEmpty {
                try failing.check(element, schema, ["itemIndex": .int32(Int32(index))])
            }
        }
    }

    static func additionalItems(_ clause: SchemaClause) throws -> SchemaRule? {
        let listed = clause.siblings.array("items")?.count
        if case .bool(let allowed) = clause.argument {
            guard let listed, !allowed else { return nil }
            return clause.rule("found additional items") { value in
                guard case .array(let elements) = value, elements.count > listed else { return nil }
                return ["additionalItems": .array(Array(elements[listed...]))]
            }
        }
        let schema = try clause.schema(clause.argument, isRoot: false, expected: "either an object or a boolean")
        guard let listed else { return nil }
        return every(schema, from: listed, clause, "At least one additional item did not match the sub-schema")
    }

    static func properties(_ clause: SchemaClause) throws -> SchemaRule? {
        let schemas = try clause.namedSchemas()
        return clause.rule(listing: "propertiesNotSatisfied") { value, failing in
            guard case .document(let document) = value else { return }
            for (name, schema) in schemas {
                guard let value = document[name] else { continue }
                let description = clause.argument.documentValue?.document(name)?["description"]
                try failing.check(
                    value, schema, ["propertyName": .string(name)] + (description.map { ["description": $0] } ?? [:]))
            }
        }
    }

    private static func patterns(_ clause: SchemaClause?) throws -> [(regex: Regex, schema: Schema)] {
        try (clause?.namedSchemas() ?? []).map { (try Regex(pattern: $0.name, options: ""), $0.schema) }
    }

    static func patternProperties(_ clause: SchemaClause) throws -> SchemaRule? {
        let patterns = try patterns(clause)
        return clause.rule { value, failing in
            for (name, value) in value.documentValue?.elements ?? [] {
                for (regex, schema) in patterns where try regex.matches(name) {
                    let label: BSONDocument = ["propertyName": .string(name), "regexMatched": .string(regex.pattern)]
                    try failing.check(value, schema, label)
                }
            }
        }
    }

    static func additionalProperties(_ clause: SchemaClause) throws -> SchemaRule? {
        if clause.argument == .bool(true) { return nil }
        let listed = Set(clause.siblings.document("properties")?.keys ?? [])
        let patterns = try patterns(clause.sibling("patternProperties")).map(\.regex)
        @Sendable func others(_ value: BSONValue) throws -> [BSONDocument.Element] {
            try (value.documentValue ?? [:]).filter { field in
                try !listed.contains(field.key) && !patterns.contains { try $0.matches(field.key) }
            }
        }
        if clause.argument == .bool(false) {
            return { value in
                let unwanted = try others(value).map { BSONValue.string($0.key) }
                guard !unwanted.isEmpty else { return nil }
                return clause.failure(
                    ["specifiedAs": .document(clause.quoted), "additionalProperties": .array(unwanted)])
            }
        }
        let schema = try clause.schema(clause.argument, isRoot: false, expected: "an object or a boolean")
        let reason = "at least one additional property did not match the subschema"
        return clause.rule(firstBy: reason) { value, failing in
            for (name, value) in try others(value) where failing.isEmpty {
                try failing.check(value, schema, ["failingProperty": .string(name)])
            }
        }
    }

    static func dependencies(_ clause: SchemaClause) throws -> SchemaRule? {
        let demands = try clause.document()
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
        return clause.rule(listing: "failingDependencies") { [names, schemas] value, failing in
            guard case .document(let document) = value else { return }
            for (name, needed) in names where document.contains(name) {
                guard let missing = value.missing(needed) else { continue }
                failing.append(["conditionalProperty": .string(name), "missingProperties": missing])
            }
            for (name, schema) in schemas where document.contains(name) {
                try failing.check(value, schema, ["conditionalProperty": .string(name)])
            }
        }
    }
}
