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
    func rule(_ reason: String, keeps: @escaping @Sendable (BSONValue) throws(CommandError) -> Bool) -> SchemaRule {
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
        parts: @escaping @Sendable (BSONValue, _ failing: inout [BSONDocument]) throws(CommandError) -> Void
    ) -> SchemaRule {
        { (value) throws(CommandError) in
            var failing: [BSONDocument] = []
            try parts(value, &failing)
            guard let first = failing.first else { return nil }
            return failure(reason.map { ["reason": .string($0)] + first } ?? [list: .documents(failing)])
        }
    }

    func failure(_ reason: String, _ more: BSONDocument = [:]) -> BSONDocument {
        failure(["specifiedAs": .document(quoted), "reason": .string(reason)] + more)
    }

    func failure(_ fields: BSONDocument) -> BSONDocument { ["operatorName": .string(name)] + fields }

    var impossible: BSONDocument { failure("expression always evaluates to false") }
}

extension [BSONDocument] {
    /// Adds a part of a value if its schema refuses it.
    ///
    /// - Parameter label: what `errInfo` calls the part.
    mutating func check(
        _ part: BSONValue, _ schema: Schema, _ label: @autoclosure () -> BSONDocument
    ) throws(CommandError) {
        if let details = try schema.failures(of: part) { append(label() + ["details": details]) }
    }
}

extension BSONValue {
    static func documents(_ list: [BSONDocument]) -> BSONValue { .array(list.map(BSONValue.document)) }
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
        try argument[keyPath: type].orThrow(wrongType(expected))
    }

    func flag() throws(CommandError) -> Bool { try value(\.boolValue, "a boolean") }
    func string() throws(CommandError) -> String { try value(\.stringValue, "a string") }
    func array() throws(CommandError) -> [BSONValue] { try value(\.arrayValue, "an array") }
    func document() throws(CommandError) -> BSONDocument { try value(\.documentValue, "an object") }
    func number() throws(CommandError) -> Number { try value(\.number, "a number") }

    /// A whole number that is not negative.
    func count() throws(CommandError) -> Int {
        let count = try number().exactInt64.orThrow(refused("must be representable as a 64-bit integer"))
        return Int(try (count < 0 ? nil : count).orThrow(refused("must be non-negative")))
    }

    /// What the schema says of a value's type by `bsonType` or `type`.
    func types() throws(CommandError) -> TypeSet? {
        guard let clause = sibling("bsonType") ?? sibling("type") else { return nil }
        let isOne = clause.name == "type" || siblings["type"] == nil
        try require(isOne, .failedToParse, "Cannot specify both $jsonSchema keywords 'type' and 'bsonType'")
        let names =
            if case .string(let name) = clause.argument { [name] } else { try clause.names(in: clause.argument) }
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
        let names = list.arrayValue?.compactMap(\.stringValue)
        guard let names, names.count == list.arrayValue?.count else { throw wrongType("an array of strings") }
        guard Set(names).count == names.count else { throw refused("array cannot contain duplicate values") }
        guard !names.isEmpty else { throw refused("cannot be an empty array") }
        return names
    }

    /// A schema for the same value (`isRoot` as here) or for a part of it.
    func schema(_ value: BSONValue, isRoot: Bool, expected: String = "an object") throws(CommandError) -> Schema {
        try Schema(try value.documentValue.orThrow(wrongType(expected)), isRoot: isRoot)
    }

    func schemas(_ values: [BSONValue], isRoot: Bool) throws(CommandError) -> [Schema] {
        try values.map { (value) throws(CommandError) in
            try schema(value, isRoot: isRoot, expected: "an array of objects")
        }
    }

    /// The schemas that an object has under names.
    func namedSchemas() throws(CommandError) -> [(name: String, schema: Schema)] {
        try document().map { (field) throws(CommandError) in (field.key, try schema(field.value, isRoot: false)) }
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
