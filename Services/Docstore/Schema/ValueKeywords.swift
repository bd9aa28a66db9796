import BSON

/// `bsonType` and `type`.
enum TypeKeyword: SchemaKeyword {
    static let names = ["bsonType", "type"]

    private static let jsonNames = [
        "string": "string", "number": "number", "object": "object", "array": "array", "boolean": "bool", "null": "null",
    ]

    struct Rule: SchemaRule {
        var name: String
        var types: TypeSet
        var quoted: BSONDocument

        func failure(of value: BSONValue) -> BSONDocument? {
            if types.contains(value) { return nil }
            return [
                "operatorName": .string(name), "specifiedAs": .document(quoted), "reason": "type did not match",
                "consideredValue": value, "consideredType": .string(value.typeName),
            ]
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        if clause.name == "type", clause.siblings["bsonType"] != nil {
            throw CommandError(
                .failedToParse, "Cannot specify both $jsonSchema keywords 'type' and 'bsonType'")
        }
        var types = TypeSet()
        switch clause.argument {
        case .string(let name): try insert(name, into: &types, clause)
        case .array:
            for name in try clause.names() { try insert(name, into: &types, clause) }
        default: throw clause.wrongType("either a string or an array of strings")
        }
        return Rule(name: clause.name, types: types, quoted: clause.quoted)
    }

    private static func insert(
        _ name: String, into types: inout TypeSet, _ clause: SchemaClause
    ) throws(CommandError) {
        if clause.name == "type", name == "integer" {
            throw CommandError(.failedToParse, "$jsonSchema type 'integer' is not currently supported.")
        }
        let known = clause.name == "type" ? jsonNames[name] : name
        guard let known, types.insert(named: known) else {
            throw CommandError(.badValue, "Unknown type name alias: \(name)")
        }
    }
}

/// `enum`.
enum EnumKeyword: SchemaKeyword {
    static let names = ["enum"]

    struct Rule: SchemaRule {
        var values: [BSONValue]
        var quoted: BSONDocument

        func failure(of value: BSONValue) -> BSONDocument? {
            if values.contains(where: { SchemaEquality.equal($0, value) }) { return nil }
            return [
                "operatorName": "enum", "specifiedAs": .document(quoted), "reason": "value was not found in enum",
                "consideredValue": value,
            ]
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        let values = try clause.array()
        guard !values.isEmpty else { throw clause.refused("cannot be an empty array") }
        for (index, value) in values.enumerated()
        where values[..<index].contains(where: { SchemaEquality.equal($0, value) }) {
            throw clause.refused("array cannot contain duplicate values.")
        }
        return Rule(values: values, quoted: clause.quoted)
    }
}

/// `minimum` and `maximum`, sharpened by `exclusiveMinimum` and `exclusiveMaximum`.
enum LimitKeyword: SchemaKeyword {
    static let names = ["minimum", "maximum"]

    struct Rule: SchemaRule {
        var name: String
        var comparison: Comparison
        var quoted: BSONDocument

        func failure(of value: BSONValue) -> BSONDocument? {
            var position: Int?
            guard Number(value) != nil, !comparison.matches(value, &position) else { return nil }
            return [
                "operatorName": .string(name), "specifiedAs": .document(quoted), "reason": "comparison failed",
                "consideredValue": value,
            ]
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        guard Number(clause.argument) != nil else { throw clause.wrongType("a number") }
        let isMinimum = clause.name == "minimum"
        let sharpener = isMinimum ? "exclusiveMinimum" : "exclusiveMaximum"
        var quoted = clause.quoted
        var isExclusive = false
        if let flag = clause.siblings[sharpener] {
            guard case .bool(let value) = flag else {
                throw CommandError(.typeMismatch, "$jsonSchema keyword '\(sharpener)' must be a boolean")
            }
            isExclusive = value
            quoted.append(sharpener, flag)
        }
        let relation: Comparison.Relation =
            isMinimum ? (isExclusive ? .greater : .greaterOrEqual) : (isExclusive ? .less : .lessOrEqual)
        return Rule(
            name: clause.name, comparison: Comparison(relation: relation, value: clause.argument), quoted: quoted)
    }
}

/// `exclusiveMinimum` and `exclusiveMaximum` need the limit that they sharpen.
enum ExclusiveKeyword: SchemaKeyword {
    static let names = ["exclusiveMinimum", "exclusiveMaximum"]

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        let limit = clause.name == "exclusiveMinimum" ? "minimum" : "maximum"
        _ = try clause.flag()
        guard clause.siblings[limit] != nil else {
            throw CommandError(
                .failedToParse,
                "$jsonSchema keyword '\(limit)' must be a present if \(clause.name) is present")
        }
        return nil
    }
}

/// `multipleOf`.
enum MultipleKeyword: SchemaKeyword {
    static let names = ["multipleOf"]

    struct Rule: SchemaRule {
        var divisor: Decimal
        var quoted: BSONDocument

        func failure(of value: BSONValue) -> BSONDocument? {
            guard let number = Number(value), !number.decimalValue.remainder(dividingBy: divisor).isZero else {
                return nil
            }
            return [
                "operatorName": "multipleOf", "specifiedAs": .document(quoted),
                "reason": "considered value is not a multiple of the specified value", "consideredValue": value,
            ]
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        guard let number = Number(clause.argument) else { throw clause.wrongType("a number") }
        guard Decimal.compare(number.decimalValue, .zero) > 0 else {
            throw clause.refused("must have a positive value")
        }
        return Rule(divisor: number.decimalValue, quoted: clause.quoted)
    }
}

/// `minLength` and `maxLength`, in code points.
enum LengthKeyword: SchemaKeyword {
    static let names = ["minLength", "maxLength"]

    struct Rule: SchemaRule {
        var name: String
        var count: Int
        var quoted: BSONDocument

        func failure(of value: BSONValue) -> BSONDocument? {
            guard case .string(let text) = value else { return nil }
            let length = text.unicodeScalars.count
            if name == "minLength" ? length >= count : length <= count { return nil }
            return [
                "operatorName": .string(name), "specifiedAs": .document(quoted),
                "reason": "specified string length was not satisfied", "consideredValue": value,
            ]
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        Rule(name: clause.name, count: try clause.count(), quoted: clause.quoted)
    }
}

/// `pattern`.
enum PatternKeyword: SchemaKeyword {
    static let names = ["pattern"]

    struct Rule: SchemaRule {
        var regex: Regex
        var quoted: BSONDocument

        func failure(of value: BSONValue) throws(CommandError) -> BSONDocument? {
            guard case .string(let text) = value, try !regex.matches(text) else { return nil }
            return [
                "operatorName": "pattern", "specifiedAs": .document(quoted),
                "reason": "regular expression did not match", "consideredValue": value,
            ]
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        guard case .string(let pattern) = clause.argument else { throw clause.wrongType("a string") }
        return Rule(regex: try Regex(pattern: pattern, options: ""), quoted: clause.quoted)
    }
}

/// `title` and `description` say nothing about values.
enum AnnotationKeyword: SchemaKeyword {
    static let names = ["title", "description"]

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        guard case .string = clause.argument else { throw clause.wrongType("a string") }
        return nil
    }
}

/// Equality as schemas have it: the order of a document's fields does not count.
enum SchemaEquality {
    static func equal(_ left: BSONValue, _ right: BSONValue) -> Bool {
        switch (left, right) {
        case (.document(let first), .document(let second)):
            first.count == second.count
                && zip(sorted(first), sorted(second)).allSatisfy { $0.key == $1.key && equal($0.value, $1.value) }
        case (.array(let first), .array(let second)):
            first.count == second.count && zip(first, second).allSatisfy(equal)
        default: MongoOrder.equal(left, right)
        }
    }

    private static func sorted(_ document: BSONDocument) -> [BSONDocument.Element] {
        document.elements.sorted { $0.key < $1.key }
    }
}
