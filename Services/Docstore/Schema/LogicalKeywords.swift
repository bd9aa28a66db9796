import BSON

/// `allOf`, `anyOf`, `oneOf`.
enum CombinationKeyword: SchemaKeyword {
    static let names = ["allOf", "anyOf", "oneOf"]

    struct Rule: SchemaRule {
        var name: String
        var schemas: [Schema]

        func failure(of value: BSONValue) throws(CommandError) -> BSONDocument? {
            var failing: [BSONValue] = []
            var matching: [BSONValue] = []
            for (index, schema) in schemas.enumerated() {
                let failures = try schema.failures(of: value)
                let place = BSONValue.int32(Int32(index))
                if failures.isEmpty {
                    matching.append(place)
                } else {
                    failing.append(["index": place, "details": .array(failures.map(BSONValue.document))])
                }
            }
            switch name {
            case "allOf" where failing.isEmpty: return nil
            case "anyOf" where !matching.isEmpty: return nil
            case "oneOf" where matching.count == 1: return nil
            case "oneOf" where matching.count > 1:
                return [
                    "operatorName": "oneOf", "reason": "more than one subschema matched",
                    "matchingSchemaIndexes": .array(matching),
                ]
            default: return ["operatorName": .string(name), "schemasNotSatisfied": .array(failing)]
            }
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        Rule(name: clause.name, schemas: try clause.schemas())
    }
}

/// `not`.
enum NotKeyword: SchemaKeyword {
    static let names = ["not"]

    struct Rule: SchemaRule {
        var schema: Schema

        func failure(of value: BSONValue) throws(CommandError) -> BSONDocument? {
            guard try schema.accepts(value) else { return nil }
            return ["operatorName": "not", "reason": "child expression matched"]
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        Rule(schema: try SchemaParser.parse(clause, isRoot: clause.isRoot))
    }
}
