import BSON

/// `items`: one schema for all elements, or one for each of the first.
enum ItemsKeyword: SchemaKeyword {
    static let names = ["items"]

    struct Every: SchemaRule {
        var schema: Schema
        /// Elements before this one are not looked at; those are under schemas of their own.
        var start = 0
        var name = "items"
        var reason = "At least one item did not match the sub-schema"

        func failure(of value: BSONValue) throws(CommandError) -> BSONDocument? {
            guard case .array(let elements) = value else { return nil }
            for (index, element) in elements.enumerated().dropFirst(start) {
                let failures = try schema.failures(of: element)
                guard !failures.isEmpty else { continue }
                return [
                    "operatorName": .string(name), "reason": .string(reason), "itemIndex": .int32(Int32(index)),
                    "details": .array(failures.map(BSONValue.document)),
                ]
            }
            return nil
        }
    }

    struct Each: SchemaRule {
        var schemas: [Schema]

        func failure(of value: BSONValue) throws(CommandError) -> BSONDocument? {
            guard case .array(let elements) = value else { return nil }
            var details: [BSONValue] = []
            for (index, element) in elements.prefix(schemas.count).enumerated() {
                let failures = try schemas[index].failures(of: element)
                guard !failures.isEmpty else { continue }
                details.append(
                    ["itemIndex": .int32(Int32(index)), "details": .array(failures.map(BSONValue.document))])
            }
            return details.isEmpty ? nil : ["operatorName": "items", "details": .array(details)]
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        switch clause.argument {
        case .document(let document): return Every(schema: try SchemaParser.parse(document, isRoot: false))
        case .array(let elements):
            var schemas: [Schema] = []
            for element in elements {
                guard case .document(let document) = element else { throw clause.wrongType("an array of objects") }
                schemas.append(try SchemaParser.parse(document, isRoot: false))
            }
            return Each(schemas: schemas)
        default: throw clause.wrongType("an array or an object")
        }
    }
}

/// `additionalItems`: for the elements behind those that `items` lists.
enum AdditionalItemsKeyword: SchemaKeyword {
    static let names = ["additionalItems"]

    struct None: SchemaRule {
        var count: Int
        var quoted: BSONDocument

        func failure(of value: BSONValue) -> BSONDocument? {
            guard case .array(let elements) = value, elements.count > count else { return nil }
            return [
                "operatorName": "additionalItems", "specifiedAs": .document(quoted),
                "reason": "found additional items", "additionalItems": .array(Array(elements[count...])),
            ]
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        let listed: Int? =
            if case .array(let elements)? = clause.siblings["items"] { elements.count } else { nil }
        switch clause.argument {
        case .bool(let allowed):
            guard let listed, !allowed else { return nil }
            return None(count: listed, quoted: clause.quoted)
        case .document(let document):
            let schema = try SchemaParser.parse(document, isRoot: false)
            return listed.map {
                ItemsKeyword.Every(
                    schema: schema, start: $0, name: "additionalItems",
                    reason: "At least one additional item did not match the sub-schema")
            }
        default: throw clause.wrongType("either an object or a boolean")
        }
    }
}

/// `minItems` and `maxItems`.
enum ItemCountKeyword: SchemaKeyword {
    static let names = ["minItems", "maxItems"]

    struct Rule: SchemaRule {
        var name: String
        var count: Int
        var quoted: BSONDocument

        func failure(of value: BSONValue) -> BSONDocument? {
            guard case .array(let elements) = value else { return nil }
            if name == "minItems" ? elements.count >= count : elements.count <= count { return nil }
            return [
                "operatorName": .string(name), "specifiedAs": .document(quoted),
                "reason": "array did not match specified length", "consideredValue": value,
            ]
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        Rule(name: clause.name, count: try clause.count(), quoted: clause.quoted)
    }
}

/// `uniqueItems`.
enum UniqueItemsKeyword: SchemaKeyword {
    static let names = ["uniqueItems"]

    struct Rule: SchemaRule {
        var quoted: BSONDocument

        func failure(of value: BSONValue) -> BSONDocument? {
            guard case .array(let elements) = value else { return nil }
            for (index, element) in elements.enumerated()
            where elements[..<index].contains(where: { SchemaEquality.equal($0, element) }) {
                return [
                    "operatorName": "uniqueItems", "specifiedAs": .document(quoted),
                    "reason": "found a duplicate item", "consideredValue": value, "duplicatedValue": element,
                ]
            }
            return nil
        }
    }

    static func parse(_ clause: SchemaClause) throws(CommandError) -> (any SchemaRule)? {
        try clause.flag() ? Rule(quoted: clause.quoted) : nil
    }
}
