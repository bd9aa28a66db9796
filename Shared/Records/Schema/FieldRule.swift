package import BSON

/// What one field of a stored document may hold, as `$jsonSchema` says it.
package struct FieldRule: Sendable {
    let schema: BSONDocument

    package init(_ schema: BSONDocument) {
        self.schema = schema
    }

    package static let objectID = FieldRule(["bsonType": "objectId"])
    package static let date = FieldRule(["bsonType": "date"])
    package static let bool = FieldRule(["bsonType": "bool"])
    package static let bytes = FieldRule(["bsonType": "binData"])
    /// Any object; its inside belongs to whoever writes it.
    package static let object = FieldRule(["bsonType": "object"])
    package static let string = FieldRule(["bsonType": "string"])
    /// Gems and versions: 64 bits, never a double.
    package static let int64 = FieldRule(["bsonType": "long"])
    package static let double = FieldRule(["bsonType": ["double", "int", "long"]])
    /// A count of either width.
    package static let count = FieldRule(["bsonType": ["int", "long"], "minimum": 0])
    package static let integer = FieldRule(["bsonType": ["int", "long"]])

    package static func string(_ length: ClosedRange<Int>) -> FieldRule {
        FieldRule([
            "bsonType": "string", "minLength": .int32(Int32(length.lowerBound)),
            "maxLength": .int32(Int32(length.upperBound)),
        ])
    }

    package static func integer(_ range: ClosedRange<Int64>) -> FieldRule {
        FieldRule([
            "bsonType": ["int", "long"], "minimum": .int64(range.lowerBound), "maximum": .int64(range.upperBound),
        ])
    }

    package static func number(_ range: ClosedRange<Double>) -> FieldRule {
        FieldRule([
            "bsonType": ["double", "int", "long"], "minimum": .double(range.lowerBound),
            "maximum": .double(range.upperBound),
        ])
    }

    package static func oneOf(_ words: [String]) -> FieldRule {
        FieldRule(["bsonType": "string", "enum": .array(words.map { .string($0) })])
    }

    /// The raw values of an enumeration.
    package static func oneOf<Choice: CaseIterable & RawRepresentable<String>>(_: Choice.Type) -> FieldRule {
        oneOf(Choice.allCases.map(\.rawValue))
    }

    package static func array(_ element: FieldRule, max: Int? = nil) -> FieldRule {
        var schema: BSONDocument = ["bsonType": "array", "items": .document(element.schema)]
        schema.append("maxItems", ifPresent: max.map { .int32(Int32($0)) })
        return FieldRule(schema)
    }

    package static func object(_ fields: Fields) -> FieldRule { FieldRule(fields.schema) }
}

/// The fields of a document: those it must have and those it may have. Others are refused.
package struct Fields: Sendable {
    let required: [(name: String, rule: FieldRule)]
    let optional: [(name: String, rule: FieldRule)]

    package init(required: KeyValuePairs<String, FieldRule>, optional: KeyValuePairs<String, FieldRule> = [:]) {
        self.required = required.map { (name: $0.key, rule: $0.value) }
        self.optional = optional.map { (name: $0.key, rule: $0.value) }
    }

    var schema: BSONDocument {
        var properties = BSONDocument()
        for (name, rule) in required + optional { properties.append(name, .document(rule.schema)) }
        return [
            "bsonType": "object", "required": .array(required.map { .string($0.name) }),
            "properties": .document(properties),
            "additionalProperties": false,
        ]
    }
}

extension FieldRule {
    /// Events that follow from a write and are not yet published; see the outbox in Events.
    package static let outbox = FieldRule.array(.object)
}
