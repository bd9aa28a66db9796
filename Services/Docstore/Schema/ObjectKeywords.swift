import BSON

/// `required`.
enum RequiredKeyword: SchemaKeyword {
    static let names = ["required"]

    struct Rule: SchemaRule {
        var names: [String]
        var quoted: BSONDocument

        func failure(of value: BSONValue) -> BSONDocument? {
            guard case .document(let document) = value else { return nil }
            let missing = names.filter { !document.contains($0) }
            guard !missing.isEmpty else { return nil }
            return [
                "operatorName": "required", "specifiedAs": .document(quoted),
                "missingProperties": .array(missing.map(BSONValue.string)),
            ]
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        Rule(names: try clause.names(), quoted: clause.quoted)
    }
}

/// `properties`.
enum PropertiesKeyword: SchemaKeyword {
    static let names = ["properties"]

    struct Rule: SchemaRule {
        var schemas: [(name: String, schema: Schema, description: BSONValue?)]

        func failure(of value: BSONValue) throws(CommandError) -> BSONDocument? {
            guard case .document(let document) = value else { return nil }
            var details: [BSONValue] = []
            for (name, schema, description) in schemas {
                guard let value = document[name] else { continue }
                let failures = try schema.failures(of: value)
                guard !failures.isEmpty else { continue }
                var entry: BSONDocument = ["propertyName": .string(name)]
                entry.append("description", ifPresent: description)
                entry.append("details", .array(failures.map(BSONValue.document)))
                details.append(.document(entry))
            }
            return details.isEmpty ? nil : ["operatorName": "properties", "propertiesNotSatisfied": .array(details)]
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        var schemas: [(name: String, schema: Schema, description: BSONValue?)] = []
        for (name, argument) in try clause.document().elements {
            guard case .document(let schema) = argument else {
                throw CommandError(.typeMismatch, "Nested schema for $jsonSchema property '\(name)' must be an object")
            }
            schemas.append((name, try SchemaParser.parse(schema, isRoot: false), schema["description"]))
        }
        return Rule(schemas: schemas)
    }
}

/// The regular expressions of `patternProperties`.
private struct PropertyPatterns {
    var patterns: [(regex: Regex, schema: Schema)] = []

    init(_ argument: BSONValue?) throws(CommandError) {
        guard let argument else { return }
        let wrong = CommandError(.typeMismatch, "$jsonSchema keyword 'patternProperties' must be an object")
        guard case .document(let document) = argument else { throw wrong }
        for (pattern, value) in document.elements {
            guard case .document(let schema) = value else { throw wrong }
            patterns.append((try Regex(pattern: pattern, options: ""), try SchemaParser.parse(schema, isRoot: false)))
        }
    }
}

/// `patternProperties`.
enum PatternPropertiesKeyword: SchemaKeyword {
    static let names = ["patternProperties"]

    struct Rule: SchemaRule {
        var patterns: [(regex: Regex, schema: Schema)]

        func failure(of value: BSONValue) throws(CommandError) -> BSONDocument? {
            guard case .document(let document) = value else { return nil }
            var details: [BSONValue] = []
            for (name, value) in document.elements {
                for (regex, schema) in patterns where try regex.matches(name) {
                    let failures = try schema.failures(of: value)
                    guard !failures.isEmpty else { continue }
                    details.append(
                        [
                            "propertyName": .string(name), "regexMatched": .string(regex.pattern),
                            "details": .array(failures.map(BSONValue.document)),
                        ])
                }
            }
            return details.isEmpty ? nil : ["operatorName": "patternProperties", "details": .array(details)]
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        Rule(patterns: try PropertyPatterns(clause.argument).patterns)
    }
}

/// `additionalProperties`: for fields that neither `properties` nor `patternProperties` speak of.
enum AdditionalPropertiesKeyword: SchemaKeyword {
    static let names = ["additionalProperties"]

    struct Rule: SchemaRule {
        var listed: Set<String>
        var patterns: [Regex]
        /// Nil: there may be none.
        var schema: Schema?
        var quoted: BSONDocument

        func failure(of value: BSONValue) throws(CommandError) -> BSONDocument? {
            guard case .document(let document) = value else { return nil }
            var unwanted: [BSONValue] = []
            for (name, value) in document.elements where try isAdditional(name) {
                guard let schema else {
                    unwanted.append(.string(name))
                    continue
                }
                let failures = try schema.failures(of: value)
                guard !failures.isEmpty else { continue }
                return [
                    "operatorName": "additionalProperties",
                    "reason": "at least one additional property did not match the subschema",
                    "failingProperty": .string(name), "details": .array(failures.map(BSONValue.document)),
                ]
            }
            guard !unwanted.isEmpty else { return nil }
            return [
                "operatorName": "additionalProperties", "specifiedAs": .document(quoted),
                "additionalProperties": .array(unwanted),
            ]
        }

        private func isAdditional(_ name: String) throws(CommandError) -> Bool {
            if listed.contains(name) { return false }
            for pattern in patterns where try pattern.matches(name) { return false }
            return true
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        var schema: Schema?
        switch clause.argument {
        case .bool(let allowed): if allowed { return nil }
        case .document(let document): schema = try SchemaParser.parse(document, isRoot: false)
        default: throw clause.wrongType("an object or a boolean")
        }
        let listed = clause.siblings.document("properties")?.keys ?? []
        let patterns = try PropertyPatterns(clause.siblings["patternProperties"]).patterns.map(\.regex)
        return Rule(listed: Set(listed), patterns: patterns, schema: schema, quoted: clause.quoted)
    }
}

/// `minProperties` and `maxProperties`.
enum PropertyCountKeyword: SchemaKeyword {
    static let names = ["minProperties", "maxProperties"]

    struct Rule: SchemaRule {
        var name: String
        var count: Int
        var quoted: BSONDocument

        func failure(of value: BSONValue) -> BSONDocument? {
            guard case .document(let document) = value else { return nil }
            if name == "minProperties" ? document.count >= count : document.count <= count { return nil }
            return [
                "operatorName": .string(name), "specifiedAs": .document(quoted),
                "reason": "specified number of properties was not satisfied",
                "numberOfProperties": .int32(Int32(document.count)),
            ]
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        Rule(name: clause.name, count: try clause.count(), quoted: clause.quoted)
    }
}

/// `dependencies`: what the presence of a field asks for.
enum DependenciesKeyword: SchemaKeyword {
    static let names = ["dependencies"]

    enum Demand: Sendable {
        case properties([String])
        case schema(Schema)
    }

    struct Rule: SchemaRule {
        var demands: [(name: String, demand: Demand)]

        func failure(of value: BSONValue) throws(CommandError) -> BSONDocument? {
            guard case .document(let document) = value else { return nil }
            var failing: [BSONValue] = []
            for (name, demand) in demands where document.contains(name) {
                switch demand {
                case .properties(let names):
                    let missing = names.filter { !document.contains($0) }
                    guard !missing.isEmpty else { continue }
                    failing.append(
                        [
                            "conditionalProperty": .string(name),
                            "missingProperties": .array(missing.map(BSONValue.string)),
                        ])
                case .schema(let schema):
                    let failures = try schema.failures(of: value)
                    guard !failures.isEmpty else { continue }
                    failing.append(
                        ["conditionalProperty": .string(name), "details": .array(failures.map(BSONValue.document))])
                }
            }
            return failing.isEmpty ? nil : ["operatorName": "dependencies", "failingDependencies": .array(failing)]
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        var demands: [(name: String, demand: Demand)] = []
        for (name, argument) in try clause.document().elements {
            var inner = clause
            inner.argument = argument
            switch argument {
            case .array: demands.append((name, .properties(try inner.names())))
            case .document:
                demands.append((name, .schema(try SchemaParser.parse(inner, isRoot: clause.isRoot))))
            default: throw clause.wrongType("an object of objects and arrays")
            }
        }
        return Rule(demands: demands)
    }
}
