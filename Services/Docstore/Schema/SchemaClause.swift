import BSON

/// One keyword with its argument, asked about a value.
///
/// - Returns: nil when the value keeps the rule, else what is wrong, as `errInfo` shows it.
typealias SchemaRule = @Sendable (BSONValue) throws(CommandError) -> BSONDocument?

/// A keyword as it stands in a schema: its argument, and what `errInfo` says when a value fails it.
struct SchemaClause: Sendable {
    let name: String
    let argument: BSONValue
    /// The whole schema, for keywords that belong together.
    let siblings: BSONDocument
    let isRoot: Bool
    /// The keyword that sharpens this one, for `errInfo` to quote.
    var sharpener: BSONDocument = [:]

    /// How `errInfo` quotes the keyword.
    var quoted: BSONDocument { [name: argument] + sharpener }

    /// The rule of a keyword that a value keeps or not by itself.
    func rule(
        _ reason: String, keeps: @escaping @Sendable (BSONValue) throws(CommandError) -> Bool
    ) -> SchemaRule {
        rule(reason) { (value) throws(CommandError) in try keeps(value) ? nil : ["consideredValue": value] }
    }

    /// The same, with more to say of a value that does not.
    func rule(_ reason: String, refusal: @escaping SchemaRule) -> SchemaRule {
        { (value) throws(CommandError) in try refusal(value).map { failure(reason, $0) } }
    }

    /// The rule of a keyword that asks schemas about parts of a value: `errInfo` lists the parts that fail, or with a
    /// reason shows the first.
    func rule(
        listing list: String = "details", firstBy reason: String? = nil,
        parts: @escaping @Sendable (BSONValue, inout FailingParts) throws(CommandError) -> Void
    ) -> SchemaRule {
        { (value) throws(CommandError) in
            var failing = FailingParts()
            try parts(value, &failing)
            guard let first = failing.list.first else { return nil }
            return failure(reason.map { ["reason": .string($0)] + first } ?? [list: failing.value])
        }
    }

    func failure(_ reason: String, _ more: BSONDocument = [:]) -> BSONDocument {
        failure(["specifiedAs": .document(quoted), "reason": .string(reason)] + more)
    }

    func failure(_ fields: BSONDocument) -> BSONDocument {
        ["operatorName": .string(name)] + fields
    }

    var impossible: BSONDocument { failure("expression always evaluates to false") }
}

/// The parts of a value that their schemas refuse.
struct FailingParts {
    private(set) var list: [BSONDocument] = []

    var value: BSONValue { .array(list.map(BSONValue.document)) }

    mutating func append(_ entry: BSONDocument) { list.append(entry) }

    /// - Parameter label: what `errInfo` calls the part.
    /// - Returns: whether the schema accepts it.
    @discardableResult
    mutating func check(
        _ part: BSONValue, _ schema: Schema, _ label: @autoclosure () -> BSONDocument
    ) throws(CommandError) -> Bool {
        guard let details = try schema.failures(of: part) else { return true }
        list.append(label() + ["details": details])
        return false
    }
}

/// The readers of arguments, with MongoDB's errors.
extension SchemaClause {
    func wrongType(_ expected: String) -> CommandError {
        .typeMismatch("$jsonSchema keyword '\(name)' must be \(expected)")
    }

    func refused(_ reason: String, _ code: ErrorCode = .failedToParse) -> CommandError {
        CommandError(code, "$jsonSchema keyword '\(name)' \(reason)")
    }

    func value<Value>(_ type: KeyPath<BSONValue, Value?>, _ expected: String) throws(CommandError) -> Value {
        guard let value = argument[keyPath: type] else { throw wrongType(expected) }
        return value
    }

    func flag() throws(CommandError) -> Bool { try value(\.boolValue, "a boolean") }
    func string() throws(CommandError) -> String { try value(\.stringValue, "a string") }
    func array() throws(CommandError) -> [BSONValue] { try value(\.arrayValue, "an array") }
    func document() throws(CommandError) -> BSONDocument { try value(\.documentValue, "an object") }

    func number() throws(CommandError) -> Number {
        guard let number = Number(argument) else { throw wrongType("a number") }
        return number
    }

    /// A whole number that is not negative.
    func count() throws(CommandError) -> Int {
        guard let count = try number().exactInt64 else { throw refused("must be representable as a 64-bit integer") }
        guard count >= 0 else { throw refused("must be non-negative") }
        return Int(count)
    }

    /// What the schema says of a value's type by `bsonType` or `type`.
    func types() throws(CommandError) -> TypeSet? {
        guard let clause = sibling("bsonType") ?? sibling("type") else { return nil }
        if clause.name == "bsonType", siblings["type"] != nil {
            throw .failedToParse("Cannot specify both $jsonSchema keywords 'type' and 'bsonType'")
        }
        let names: [String]
        switch clause.argument {
        case .string(let name): names = [name]
        case .array: names = try clause.names(in: clause.argument)
        default: throw clause.wrongType("either a string or an array of strings")
        }
        var types: TypeSet = []
        for name in names { try types.insert(named: try clause.bsonName(name)) }
        return types
    }

    /// JSON's names of types are a few of BSON's, but for `boolean`.
    private func bsonName(_ written: String) throws(CommandError) -> String {
        if name == "bsonType" || ["string", "number", "object", "array", "null"].contains(written) { return written }
        if written == "boolean" { return "bool" }
        throw written == "integer"
            ? .failedToParse("$jsonSchema type 'integer' is not currently supported.")
            : .badValue("Unknown type name alias: \(written)")
    }

    /// Strings, of which none comes twice.
    func names(in list: BSONValue) throws(CommandError) -> [String] {
        guard case .array(let elements) = list else { throw wrongType("an array") }
        let names = elements.compactMap(\.stringValue)
        guard names.count == elements.count else { throw wrongType("an array of strings") }
        guard Set(names).count == names.count else { throw refused("array cannot contain duplicate values") }
        guard !names.isEmpty else { throw refused("cannot be an empty array") }
        return names
    }

    /// A schema for the same value (`isRoot` as here) or for a part of it.
    func schema(_ value: BSONValue, isRoot: Bool, expected: String = "an object") throws(CommandError) -> Schema {
        guard case .document(let document) = value else { throw wrongType(expected) }
        return try Schema(document, isRoot: isRoot)
    }

    func schemas(_ values: [BSONValue], isRoot: Bool) throws(CommandError) -> [Schema] {
        try CommandError.only {
            try values.map { try schema($0, isRoot: isRoot, expected: "an array of objects") }
        }
    }

    /// The schemas that an object has under names.
    func namedSchemas() throws(CommandError) -> [(name: String, schema: Schema)] {
        let document = try document()
        return try CommandError.only { try document.map { ($0.key, try schema($0.value, isRoot: false)) } }
    }

    /// Another keyword of the same schema, read as it would be there.
    func sibling(_ name: String) -> SchemaClause? {
        siblings[name].map { SchemaClause(name: name, argument: $0, siblings: siblings, isRoot: isRoot) }
    }
}

extension BSONDocument {
    static func + (left: BSONDocument, right: BSONDocument) -> BSONDocument {
        BSONDocument(elements: left.elements + right.elements)
    }
}
