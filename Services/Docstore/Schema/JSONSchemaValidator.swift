package import BSON

/// `$jsonSchema`: MongoDB's dialect of JSON Schema draft 4.
package struct JSONSchemaValidator: Sendable {
    private let root: Schema

    package init(_ schema: BSONDocument) throws(CommandError) {
        root = try SchemaParser.parse(schema, isRoot: true)
    }

    package func accepts(_ document: BSONDocument) throws(CommandError) -> Bool {
        try root.accepts(.document(document))
    }

    /// Why a document is refused, in the shape of the `details` of error 121; nil when it is accepted.
    package func explanation(for document: BSONDocument) throws(CommandError) -> BSONDocument? {
        let failures = try root.failures(of: .document(document))
        guard !failures.isEmpty else { return nil }
        return [
            "operatorName": "$jsonSchema", "schemaRulesNotSatisfied": .array(failures.map(BSONValue.document)),
        ]
    }
}

/// The rules of one level of a schema; each speaks about the kinds of values that it is for.
struct Schema: Sendable {
    var rules: [any SchemaRule]

    func accepts(_ value: BSONValue) throws(CommandError) -> Bool {
        for rule in rules where try rule.failure(of: value) != nil { return false }
        return true
    }

    func failures(of value: BSONValue) throws(CommandError) -> [BSONDocument] {
        var failures: [BSONDocument] = []
        for rule in rules {
            if let failure = try rule.failure(of: value) { failures.append(failure) }
        }
        return failures
    }
}

/// One keyword of a schema with its argument.
protocol SchemaRule: Sendable {
    /// - Returns: nil when the value keeps the rule, else what is wrong, as `errInfo` shows it.
    func failure(of value: BSONValue) throws(CommandError) -> BSONDocument?
}

/// A keyword, found by name.
protocol SchemaKeyword: Sendable {
    static var names: [String] { get }
    /// - Returns: nil when the keyword asks nothing by itself.
    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)?
}

/// A keyword as its type sees it when it is parsed.
struct SchemaClause {
    var name: String
    var argument: BSONValue
    /// The whole schema, for keywords that belong together.
    var siblings: BSONDocument
    var isRoot: Bool

    /// How `errInfo` quotes the keyword.
    var quoted: BSONDocument { [name: argument] }

    func wrongType(_ expected: String) -> CommandError {
        CommandError(.typeMismatch, "$jsonSchema keyword '\(name)' must be \(expected)")
    }

    func refused(_ reason: String) -> CommandError {
        CommandError(.failedToParse, "$jsonSchema keyword '\(name)' \(reason)")
    }

    func document() throws(CommandError) -> BSONDocument {
        guard case .document(let document) = argument else { throw wrongType("an object") }
        return document
    }

    func array() throws(CommandError) -> [BSONValue] {
        guard case .array(let elements) = argument else { throw wrongType("an array") }
        return elements
    }

    func flag() throws(CommandError) -> Bool {
        guard case .bool(let flag) = argument else { throw wrongType("a boolean") }
        return flag
    }

    /// A whole number that is not negative.
    func count() throws(CommandError) -> Int {
        guard let number = Number(argument) else { throw wrongType("a number") }
        guard let count = number.exactInt64 else { throw refused("must be representable as a 64-bit integer") }
        guard count >= 0 else { throw refused("must be non-negative") }
        return Int(count)
    }

    /// The schemas of an array that may not be empty.
    func schemas() throws(CommandError) -> [Schema] {
        let elements = try array()
        guard !elements.isEmpty else {
            throw CommandError(.badValue, "$jsonSchema keyword '\(name)' must be a non-empty array")
        }
        var schemas: [Schema] = []
        for element in elements {
            guard case .document(let document) = element else { throw wrongType("an array of objects") }
            schemas.append(try SchemaParser.parse(document, isRoot: isRoot))
        }
        return schemas
    }

    /// Strings, of which none comes twice.
    func names() throws(CommandError) -> [String] {
        var names: [String] = []
        for element in try array() {
            guard case .string(let name) = element else { throw wrongType("an array of strings") }
            guard !names.contains(name) else { throw refused("array cannot contain duplicate values") }
            names.append(name)
        }
        guard !names.isEmpty else { throw refused("cannot be an empty array") }
        return names
    }
}

enum SchemaParser {
    private static let keywords: [String: any SchemaKeyword.Type] = {
        let all: [any SchemaKeyword.Type] = [
            TypeKeyword.self, EnumKeyword.self, LimitKeyword.self, ExclusiveKeyword.self, MultipleKeyword.self,
            LengthKeyword.self, PatternKeyword.self, ItemsKeyword.self, AdditionalItemsKeyword.self,
            ItemCountKeyword.self, UniqueItemsKeyword.self, RequiredKeyword.self, PropertiesKeyword.self,
            PatternPropertiesKeyword.self, AdditionalPropertiesKeyword.self, PropertyCountKeyword.self,
            DependenciesKeyword.self, CombinationKeyword.self, NotKeyword.self, AnnotationKeyword.self,
        ]
        var table: [String: any SchemaKeyword.Type] = [:]
        for keyword in all { for name in keyword.names { table[name] = keyword } }
        return table
    }()

    /// Every keyword that docstore knows.
    static var keywordNames: [String] { keywords.keys.sorted() }

    private static let unsupported: Set<String> = ["$ref", "$schema", "default", "definitions", "format", "id"]

    static func parse(_ document: BSONDocument, isRoot: Bool) throws(CommandError) -> Schema {
        var rules: [any SchemaRule] = []
        for (name, argument) in document.elements {
            guard let keyword = keywords[name] else {
                throw CommandError(
                    .failedToParse,
                    unsupported.contains(name)
                        ? "$jsonSchema keyword '\(name)' is not currently supported"
                        : "Unknown $jsonSchema keyword: \(name)")
            }
            let clause = SchemaClause(name: name, argument: argument, siblings: document, isRoot: isRoot)
            if let rule = try keyword.parse(clause) { rules.append(rule) }
        }
        return Schema(rules: rules)
    }

    /// The schema in an argument.
    static func parse(_ clause: SchemaClause, isRoot: Bool = false) throws(CommandError) -> Schema {
        try parse(try clause.document(), isRoot: isRoot)
    }
}
