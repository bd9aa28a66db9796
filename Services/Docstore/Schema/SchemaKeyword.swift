import BSON

/// A keyword of a schema, by its row in the table.
struct SchemaKeyword: Sendable {
    typealias Parse = @Sendable (SchemaClause) throws(CommandError) -> SchemaRule?

    let name: String
    /// The types of values that it speaks about; nil: of all.
    let types: TypeSet?
    /// Makes a rule of its argument, unless it asks nothing by itself.
    let parse: Parse

    init(_ name: String, _ types: TypeSet? = nil, _ parse: @escaping Parse) {
        self.name = name
        self.types = types
        self.parse = parse
    }

    /// Every keyword that docstore knows, in the order in which MongoDB looks at them, which shows in `errInfo`.
    static let all = ofStrings + ofNumbers + ofArrays + ofObjects + ofAny

    /// Keywords of JSON Schema that MongoDB refuses by name.
    static let unsupported: Set<String> = ["$ref", "$schema", "default", "definitions", "format", "id"]
}

extension SchemaKeyword {
    private static let ofStrings = [
        SchemaKeyword("pattern", [.string], pattern),
        SchemaKeyword("maxLength", [.string], bound(<=, of: length, "specified string length was not satisfied")),
        SchemaKeyword("minLength", [.string], bound(>=, of: length, "specified string length was not satisfied")),
    ]

    private static let ofNumbers = [
        SchemaKeyword("multipleOf", .numbers, multiple),
        SchemaKeyword("maximum", .numbers, limit(.lessOrEqual, sharpenedBy: "exclusiveMaximum", to: .less)),
        SchemaKeyword("exclusiveMaximum", .numbers, sharpener(of: "maximum")),
        SchemaKeyword("minimum", .numbers, limit(.greaterOrEqual, sharpenedBy: "exclusiveMinimum", to: .greater)),
        SchemaKeyword("exclusiveMinimum", .numbers, sharpener(of: "minimum")),
    ]

    private static let ofAny = [
        SchemaKeyword("allOf", nil, combination { $0 == $1 }),
        SchemaKeyword("anyOf", nil, combination { matching, _ in matching > 0 }),
        SchemaKeyword("oneOf", nil, combination { matching, _ in matching == 1 }),
        SchemaKeyword("not", nil, negation),
        SchemaKeyword("enum", nil, enumeration),
        SchemaKeyword("bsonType", nil, type),
        SchemaKeyword("type", nil, type),
        SchemaKeyword("title", nil, annotation),
        SchemaKeyword("description", nil, annotation),
    ]

    private static func type(_ clause: SchemaClause) throws(CommandError) -> SchemaRule? {
        guard let types = try clause.types() else { return nil }
        return { value in
            if types.contains(value) { return nil }
            return clause.failure(
                "type did not match", ["consideredValue": value, "consideredType": .string(value.typeName)])
        }
    }

    private static func enumeration(_ clause: SchemaClause) throws(CommandError) -> SchemaRule? {
        let values = try clause.array()
        guard !values.isEmpty else { throw clause.refused("cannot be an empty array") }
        let keys = Set(values.map(\.schemaKey))
        guard keys.count == values.count else { throw clause.refused("array cannot contain duplicate values.") }
        if clause.isRoot, !values.contains(where: { $0.type == .document }) { return { _ in clause.impossible } }
        return clause.rule("value was not found in enum") { keys.contains($0.schemaKey) }
    }

    private static func limit(
        _ relation: Comparison.Relation, sharpenedBy sharpener: String, to sharp: Comparison.Relation
    ) -> Parse {
        { (clause) throws(CommandError) in
            _ = try clause.number()
            var clause = clause
            var comparison = Comparison(relation: relation, value: clause.argument)
            if let sibling = clause.sibling(sharpener), try sibling.flag() {
                comparison.relation = sharp
                clause.quoted.append(sharpener, true)
            }
            return clause.rule("comparison failed") { [comparison] value in
                var position: Int?
                return Number(value) == nil || comparison.matches(value, &position)
            }
        }
    }

    private static func sharpener(of limit: String) -> Parse {
        { (clause) throws(CommandError) in
            _ = try clause.flag()
            if clause.siblings[limit] != nil { return nil }
            throw .failedToParse("$jsonSchema keyword '\(limit)' must be a present if \(clause.name) is present")
        }
    }

    private static func multiple(_ clause: SchemaClause) throws(CommandError) -> SchemaRule? {
        let divisor = try clause.number().decimalValue
        guard Decimal.compare(divisor, .zero) > 0 else { throw clause.refused("must have a positive value") }
        return clause.rule("considered value is not a multiple of the specified value") { value in
            Number(value)?.decimalValue.remainder(dividingBy: divisor).isZero ?? true
        }
    }

    /// In code points.
    private static func length(_ value: BSONValue) -> Int? { value.stringValue?.unicodeScalars.count }

    /// A keyword that compares a size with its argument; `measure` is nil for values that have none.
    static func bound(
        _ holds: @escaping @Sendable (Int, Int) -> Bool, of measure: @escaping @Sendable (BSONValue) -> Int?,
        _ reason: String
    ) -> Parse {
        { (clause) throws(CommandError) in
            let bound = try clause.count()
            return clause.rule(reason) { value in measure(value).map { holds($0, bound) } ?? true }
        }
    }

    private static func pattern(_ clause: SchemaClause) throws(CommandError) -> SchemaRule? {
        guard case .string(let pattern) = clause.argument else { throw clause.wrongType("a string") }
        let regex = try Regex(pattern: pattern, options: "")
        return clause.rule("regular expression did not match") { (value) throws(CommandError) in
            guard case .string(let text) = value else { return true }
            return try regex.matches(text)
        }
    }

    static func uniqueItems(_ clause: SchemaClause) throws(CommandError) -> SchemaRule? {
        guard try clause.flag() else { return nil }
        return { value in
            guard case .array(let elements) = value else { return nil }
            var seen: Set<ValueKey> = []
            guard let duplicate = elements.first(where: { !seen.insert($0.schemaKey).inserted }) else { return nil }
            return clause.failure(
                "found a duplicate item", ["consideredValue": value, "duplicatedValue": duplicate])
        }
    }

    /// Says nothing about values.
    private static func annotation(_ clause: SchemaClause) throws(CommandError) -> SchemaRule? {
        guard case .string = clause.argument else { throw clause.wrongType("a string") }
        return nil
    }
}

extension BSONValue {
    /// Equal for values that schemas take for equal: the order of a document's fields does not count.
    fileprivate var schemaKey: ValueKey { ValueKey(sortedByName) }

    private var sortedByName: BSONValue {
        switch self {
        case .document(let document):
            .document(
                BSONDocument(
                    elements: document.elements.map { (key: $0.key, value: $0.value.sortedByName) }
                        .sorted { MongoOrder.compare($0.key, $1.key) < 0 }))
        case .array(let elements): .array(elements.map(\.sortedByName))
        default: self
        }
    }
}
