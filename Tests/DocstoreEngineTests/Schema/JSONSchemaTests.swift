import BSON
import Testing

@testable import DocstoreEngine

struct JSONSchemaTests {
    private static let cases: [(schema: BSONDocument, value: BSONValue, accepted: Bool)] = [
        (["bsonType": ["int", "long"]], 5, true), (["bsonType": ["int", "long"]], 5.0, false),
        (["type": "number"], 5.0, true),
        (["minimum": 1, "exclusiveMinimum": true], 1, false), (["minimum": 1], "x", true),
        (["multipleOf": 1.5], 4.5, true),
        (["minLength": 2], "é", false), (["pattern": "^a"], "ba", false),
        (["enum": [["a": 1, "b": 2]]], ["b": 2, "a": 1], true),
        (["items": ["bsonType": "int"]], [1, "x"], false),
        (["items": [["bsonType": "int"]], "additionalItems": false], [1, 2], false),
        (["uniqueItems": true], [1, 1.0], false), (["required": ["a"]], [:], false), (["required": ["a"]], 5, true),
        (["properties": ["a": ["bsonType": "int"]]], ["a": "x"], false),
        (["properties": ["a": [:]], "additionalProperties": false], ["b": 1], false),
        (["patternProperties": ["^a": ["bsonType": "int"]]], ["ab": "x"], false),
        (["dependencies": ["a": ["b"]]], ["a": 1], false),
        (["oneOf": [["minimum": 1], ["minimum": 2]]], 3, false),
        (["anyOf": [["minimum": 9], ["bsonType": "int"]]], 3, true),
        (["not": ["bsonType": "int"]], 3, false), (["maxProperties": 1], ["a": 1, "b": 1], false),
    ]

    @Test(arguments: cases)
    func `a schema accepts and refuses as MongoDB does`(schema: BSONDocument, value: BSONValue, accepted: Bool) throws {
        let validator = try JSONSchemaValidator(["properties": ["v": .document(schema)]])
        var position: Int?
        #expect(try validator.matches(["v": value], &position) == accepted)
        #expect(try (validator.explanation(for: ["v": value]) == nil) == accepted)
    }

    @Test func `a refusal says which rule, and of what`() throws {
        let validator = try JSONSchemaValidator(["required": ["a"], "properties": ["n": ["minimum": 0]]])
        let details = try #require(try validator.explanation(for: ["n": -1]))
        #expect(
            details == [
                "operatorName": "$jsonSchema",
                "schemaRulesNotSatisfied": [
                    ["operatorName": "required", "specifiedAs": ["required": ["a"]], "missingProperties": ["a"]],
                    [
                        "operatorName": "properties",
                        "propertiesNotSatisfied": [
                            [
                                "propertyName": "n",
                                "details": [
                                    [
                                        "operatorName": "minimum", "specifiedAs": ["minimum": 0],
                                        "reason": "comparison failed", "consideredValue": -1,
                                    ]
                                ],
                            ]
                        ],
                    ],
                ],
            ])
    }

    private static let table1: [(BSONDocument, Int32)] = [
        (["nonsense": 1], 9), (["bsonType": "nope"], 2), (["enum": []], 9),
        (["enum": [1, 1.0]], 9),
        (["minLength": -1], 9), (["required": []], 9), (["exclusiveMinimum": true], 9), (["$ref": "x"], 9),
        (["minimum": "x"], 14),
        (["type": "integer"], 9), (["type": "string", "bsonType": "string"], 9), (["properties": 1], 14),
    ]

    @Test(arguments: table1)
    func `what is no schema is refused`(schema: BSONDocument, code: Int32) {
        #expect { try JSONSchemaValidator(schema) } throws: { ($0 as? CommandError)?.code == code }
    }
}
