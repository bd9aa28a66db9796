import BSON

struct SchemaKeyword: Sendable {
    typealias Parse = @Sendable (SchemaClause) throws -> SchemaRule?

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
    static let all = [
        SchemaKeyword("pattern", [.string], pattern),
        SchemaKeyword("maxLength", [.string], size(<=, \.length, wrongLength)),
        SchemaKeyword("minLength", [.string], size(>=, \.length, wrongLength)),
        SchemaKeyword("multipleOf", .numbers, multiple),
        SchemaKeyword("maximum", .numbers, limit(.lessOrEqual, sharpenedBy: "exclusiveMaximum", to: .less)),
        SchemaKeyword("exclusiveMaximum", .numbers, sharpener(of: "maximum")),
        SchemaKeyword("minimum", .numbers, limit(.greaterOrEqual, sharpenedBy: "exclusiveMinimum", to: .greater)),
        SchemaKeyword("exclusiveMinimum", .numbers, sharpener(of: "minimum")),
        SchemaKeyword("minItems", [.array], size(>=, \.itemCount, wrongCount)),
        SchemaKeyword("maxItems", [.array], size(<=, \.itemCount, wrongCount)),
        SchemaKeyword("uniqueItems", [.array], uniqueItems),
        SchemaKeyword("items", [.array], items),
        SchemaKeyword("additionalItems", [.array], additionalItems),
        SchemaKeyword("required", [.document], required),
        SchemaKeyword("properties", [.document], properties),
        SchemaKeyword("patternProperties", [.document], patternProperties),
        SchemaKeyword("additionalProperties", [.document], additionalProperties),
        SchemaKeyword("minProperties", [.document], size(>=, \.fieldCount, wrongFields, shown: "numberOfProperties")),
        SchemaKeyword("maxProperties", [.document], size(<=, \.fieldCount, wrongFields, shown: "numberOfProperties")),
        SchemaKeyword("dependencies", [.document], dependencies),
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

    private static let wrongLength = "specified string length was not satisfied"
    private static let wrongCount = "array did not match specified length"
    private static let wrongFields = "specified number of properties was not satisfied"

    private static func type(_ clause: SchemaClause) throws -> SchemaRule? {
        guard let types = try clause.types() else { return nil }
        return clause.rule("type did not match") { value in
            types.contains(value.type) ? nil : ["consideredValue": value, "consideredType": .string(value.typeName)]
        }
    }

    private static func enumeration(_ clause: SchemaClause) throws -> SchemaRule? {
        let values = try clause.array()
        guard !values.isEmpty else { throw clause.refused("cannot be an empty array") }
        let keys = Set(values.map(\.schemaKey))
        guard keys.count == values.count else { throw clause.refused("array cannot contain duplicate values.") }
        if clause.isRoot, !values.contains(where: { $0.type == .document }) { return { _ in clause.impossible } }
        return clause.rule("value was not found in enum") { keys.contains($0.schemaKey) }
    }

    private static func limit(_ relation: Relation, sharpenedBy sharpener: String, to sharp: Relation) -> Parse {
        { clause in
            _ = try clause.number()
            var clause = clause
            let isSharp = try clause.sibling(sharpener)?.flag() == true
            if isSharp { clause.sharpener = [sharpener: true] }
            let test = (isSharp ? sharp : relation).test(clause.argument)
            return clause.rule(test.refusal) { value in
                var position: Int?
                return value.number == nil ? true : try test.passes(value, &position)
            }
        }
    }

    private static func sharpener(of limit: String) -> Parse {
        { clause in
            _ = try clause.flag()
            if clause.siblings[limit] != nil { return nil }
            throw CommandError.failedToParse(
                "$jsonSchema keyword '\(limit)' must be a present if \(clause.name) is present")
        }
    }

    private static func multiple(_ clause: SchemaClause) throws -> SchemaRule? {
        let divisor = try clause.number().decimalValue
        guard Decimal.compare(divisor, .zero) > 0 else { throw clause.refused("must have a positive value") }
        return clause.rule("considered value is not a multiple of the specified value") { value in
            Number(value)?.decimalValue.remainder(dividingBy: divisor).isZero ?? true
        }
    }

    /// A keyword that compares a size with its argument; `measure` is nil for values that have none.
    /// - Parameter name: as what `errInfo` shows the size; without it, it shows the value.
    private static func size(
        _ holds: @escaping @Sendable (Int, Int) -> Bool, _ measure: @escaping @Sendable (BSONValue) -> Int?,
        _ reason: String, shown name: String? = nil
    ) -> Parse {
        { clause in
            let bound = try clause.count()
            return clause.rule(reason) { value in
                guard let size = measure(value), !holds(size, bound) else { return nil }
                return name.map { [$0: .int32(Int32(size))] } ?? ["consideredValue": value]
            }
        }
    }

    private static func pattern(_ clause: SchemaClause) throws -> SchemaRule? {
        let regex = try Regex(pattern: try clause.string(), options: "")
        return clause.rule(regex.test.refusal) { value in
            guard case .string(let text) = value else { return true }
            return try regex.matches(text)
        }
    }

    private static func uniqueItems(_ clause: SchemaClause) throws -> SchemaRule? {
        guard try clause.flag() else { return nil }
        return clause.rule("found a duplicate item") { value in
            var seen: Set<ValueKey> = []
            let duplicate = value.arrayValue?.first { !seen.insert($0.schemaKey).inserted }
            return duplicate.map { ["consideredValue": value, "duplicatedValue": $0] }
        }
    }

    private static func required(_ clause: SchemaClause) throws -> SchemaRule? {
        let names = try clause.names(in: clause.argument)
        return { value in
            guard let missing = value.missing(names) else { return nil }
            return clause.failure(["specifiedAs": .document(clause.quoted), "missingProperties": missing])
        }
    }

    private static func annotation(_ clause: SchemaClause) throws -> SchemaRule? {
        _ = try clause.string()
        return nil
    }
}

extension BSONValue {
    fileprivate var itemCount: Int? { arrayValue?.count }
    fileprivate var fieldCount: Int? { documentValue?.count }

    /// In code points.
    fileprivate var length: Int? { stringValue?.unicodeScalars.count }

    /// Those of the names that a document has no field of; nil when there is none, or no document.
    func missing(_ names: [String]) -> BSONValue? {
        guard case .document(let document) = self else { return nil }
        let missing = names.filter { !document.contains($0) }.sorted { MongoOrder.compare($0, $1) < 0 }
        return missing.isEmpty ? nil : .strings(missing)
    }

    /// Equal for values that schemas take for equal: the order of a document's fields does not count.
    fileprivate var schemaKey: ValueKey { ValueKey(sortedByName) }

    private var sortedByName: BSONValue {
        switch self {
        case .document(let document):
            let fields = document.elements.map { (key: $0.key, value: $0.value.sortedByName) }
            return .document(BSONDocument(elements: fields.sorted { MongoOrder.compare($0.key, $1.key) < 0 }))
        case .array(let elements): return .array(elements.map(\.sortedByName))
        default: return self
        }
    }
}
