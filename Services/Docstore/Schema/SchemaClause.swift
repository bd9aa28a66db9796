import BSON

/// One keyword with its argument, asked about a value.
/// - Returns: nil when the value keeps the rule, else what is wrong, as `errInfo` shows it.
typealias SchemaRule = @Sendable (BSONValue) throws -> BSONDocument?

/// A keyword as it stands in a schema: its argument, and what `errInfo` says when a value fails it.
struct SchemaClause: Sendable {
    let name: String
    let argument: BSONValue
    let siblings: BSONDocument
    let isRoot: Bool
    /// The keyword that sharpens this one, for `errInfo` to quote.
    var sharpener: BSONDocument = [:]

    var quoted: BSONDocument { [name: argument] + sharpener }

    func rule(_ reason: String, keeps: @escaping @Sendable (BSONValue) throws -> Bool) -> SchemaRule {
        rule(reason) { value in try keeps(value) ? nil : ["consideredValue": value] }
    }

    func rule(_ reason: String, refusal: @escaping SchemaRule) -> SchemaRule {
        { value in try refusal(value).map { failure(reason, $0) } }
    }

    /// The rule of a keyword that asks schemas about parts of a value: `errInfo` lists the parts that fail, or with a
    /// reason shows the first.
    func rule(
        listing list: String = "details", firstBy reason: String? = nil,
        parts: @escaping @Sendable (BSONValue, _ failing: inout [BSONDocument]) throws -> Void
    ) -> SchemaRule {
        { value in
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

    func wrongType(_ expected: String) -> CommandError {
        .typeMismatch("$jsonSchema keyword '\(name)' must be \(expected)")
    }

    func refused(_ reason: String, _ code: ErrorCode = .failedToParse) -> CommandError {
        CommandError(code, "$jsonSchema keyword '\(name)' \(reason)")
    }

    func value<Value>(_ type: KeyPath<BSONValue, Value?>, _ expected: String) throws -> Value {
        try argument[keyPath: type].orThrow(wrongType(expected))
    }

    func flag() throws -> Bool { try value(\.boolValue, "a boolean") }
    func string() throws -> String { try value(\.stringValue, "a string") }
    func array() throws -> [BSONValue] { try value(\.arrayValue, "an array") }
    func document() throws -> BSONDocument { try value(\.documentValue, "an object") }
    func number() throws -> Number { try value(\.number, "a number") }

    func count() throws -> Int {
        let count = try number().exactInt64.orThrow(refused("must be representable as a 64-bit integer"))
        return Int(try (count < 0 ? nil : count).orThrow(refused("must be non-negative")))
    }

    /// What the schema says of a value's type by `bsonType` or `type`.
    func types() throws -> TypeSet? {
        guard let clause = sibling("bsonType") ?? sibling("type") else { return nil }
        let isOne = clause.name == "type" || siblings["type"] == nil
        try require(isOne, .failedToParse, "Cannot specify both $jsonSchema keywords 'type' and 'bsonType'")
        let names =
            if case .string(let name) = clause.argument { [name] } else { try clause.names(in: clause.argument) }
        return try names.reduce(into: []) { try $0.insert(named: try clause.bsonName($1)) }
    }

    /// JSON's names of types are a few of BSON's, but for `boolean`.
    private func bsonName(_ written: String) throws -> String {
        if name == "bsonType" || ["string", "number", "object", "array", "null"].contains(written) { return written }
        if written == "boolean" { return "bool" }
        try require(written != "integer", .failedToParse, "$jsonSchema type 'integer' is not currently supported.")
        throw CommandError.badValue("Unknown type name alias: \(written)")
    }

    func names(in list: BSONValue) throws -> [String] {
        let names = list.arrayValue?.compactMap(\.stringValue)
        guard let names, names.count == list.arrayValue?.count else { throw wrongType("an array of strings") }
        guard Set(names).count == names.count else { throw refused("array cannot contain duplicate values") }
        guard !names.isEmpty else { throw refused("cannot be an empty array") }
        return names
    }

    func schema(_ value: BSONValue, isRoot: Bool, expected: String = "an object") throws -> Schema {
        try Schema(try value.documentValue.orThrow(wrongType(expected)), isRoot: isRoot)
    }

    func schemas(_ values: [BSONValue], isRoot: Bool) throws -> [Schema] {
        try values.map { try schema($0, isRoot: isRoot, expected: "an array of objects") }
    }

    func namedSchemas() throws -> [(name: String, schema: Schema)] {
        try document().map { ($0.key, try schema($0.value, isRoot: false)) }
    }

    func sibling(_ name: String) -> SchemaClause? {
        siblings[name].map { SchemaClause(name: name, argument: $0, siblings: siblings, isRoot: isRoot) }
    }
}

extension [BSONDocument] {
    /// Adds a part of a value if its schema refuses it.
    /// - Parameter label: what `errInfo` calls the part.
    mutating func check(_ part: BSONValue, _ schema: Schema, _ label: @autoclosure () -> BSONDocument) throws {
        if let details = try schema.failures(of: part) { append(label() + ["details": details]) }
    }
}
