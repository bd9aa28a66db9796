import JSON
import Testing

@Suite struct SchemaTests {
    private let schema = Schema.object(
        .required("name", .string(min: 2, max: 5)),
        .optional("age", .integer(0...150)),
        .optional("tags", .array(of: .string(max: 3), max: 2)),
        .optional("kind", .enumeration(["a", "b"])),
        .optional("bio", .nullable(.string)),
        .optional("id", .objectID),
        .optional("device", .object(.required("platform/os", .enumeration(["ios"])))))

    private func pointers(_ text: String) throws -> [String] {
        schema.validate(try JSONParser.parse(text)).map(\.pointer)
    }

    @Test(arguments: [
        #"{"name":"Ada"}"#, #"{"name":"Ada","age":0,"tags":["x","y"],"kind":"b","bio":null}"#,
        #"{"name":"éééé","id":"0123456789abcdefABCDEF00","device":{"platform/os":"ios"}}"#,
    ])
    func `what fits has no faults`(text: String) throws {
        #expect(try pointers(text) == [])
    }

    @Test(arguments: [
        ("[]", [""]), ("{}", ["/name"]), (#"{"name":1}"#, ["/name"]), (#"{"name":"A"}"#, ["/name"]),
        (#"{"name":"Abcdef"}"#, ["/name"]), (#"{"name":"Ada","age":151}"#, ["/age"]),
        (#"{"name":"Ada","age":1.5}"#, ["/age"]), (#"{"name":"Ada","age":null}"#, ["/age"]),
        (#"{"name":"Ada","tags":["ok","ok","ok"]}"#, ["/tags"]), (#"{"name":"Ada","tags":[1]}"#, ["/tags/0"]),
        (#"{"name":"Ada","tags":["ok","long"]}"#, ["/tags/1"]), (#"{"name":"Ada","kind":"c"}"#, ["/kind"]),
        (#"{"name":"Ada","other":1,"x~y":2}"#, ["/other", "/x~0y"]), (#"{"name":"Ada","id":"xyz"}"#, ["/id"]),
        (#"{"name":"Ada","device":{}}"#, ["/device/platform~1os"]),
    ])
    func `each fault is named by its pointer`(text: String, expected: [String]) throws {
        #expect(try pointers(text) == expected)
    }

    @Test func `a schema writes itself as JSON Schema`() {
        let written = String(decoding: JSONWriter.bytes(schema), as: UTF8.self)
        #expect(
            written.hasPrefix(
                #"{"type":"object","properties":{"name":{"type":"string","minLength":2,"maxLength":5},"age":{"type":"integer","minimum":0,"maximum":150}"#
            ))
        #expect(written.contains(#""bio":{"anyOf":[{"type":"string"},{"type":"null"}]}"#))
        #expect(written.hasSuffix(#""required":["name"],"additionalProperties":false}"#))
    }

    @Test func `a named schema becomes a reference and is found once asked for`() {
        let user = Schema.named("user", .object(.required("id", .objectID)))
        let list = Schema.page(of: user)
        #expect(
            String(decoding: JSONWriter.bytes(list), as: UTF8.self).contains(##""$ref":"#/components/schemas/user""##))
        #expect(list.namedSchemas.map(\.name) == ["user"])
    }

    @Test(arguments: [
        ("a@b.c", true), ("a@b", false), ("a b@c.d", false), ("@b.c", false), ("a@@b.c", false), ("a@b..c", false),
    ])
    func `addresses are checked for their shape`(text: String, valid: Bool) {
        #expect(StringFormat.email.accepts(text) == valid)
    }

    @Test(arguments: [
        ("2026-11-21T08:00:00.000Z", true), ("2026-11-21T08:00:00+01:00", true), ("2026-11-21", false),
        ("yesterday at noon exactly", false),
    ])
    func `instants are checked for their shape`(text: String, valid: Bool) {
        #expect(StringFormat.dateTime.accepts(text) == valid)
    }

    @Test func `a validated object gives its fields, and asking for what is not promised throws`() throws {
        let object = try ValidatedObject(
            ["name": "Ada", "tags": ["x"], "bio": nil], as: #require(schema.objectSchema))
        #expect(try object.string("name") == "Ada")
        #expect(try object.strings("tags") == ["x"])
        #expect(object.optionalString("bio") == nil)
        #expect(object.contains("bio"))
        #expect(!object.contains("age"))
        #expect(throws: ValidatedObject.Mismatch(field: "age", wanted: "an integer")) { try object.int("age") }
        #expect(throws: ValidationFailure.self) { try ValidatedObject(["name": 1], as: #require(schema.objectSchema)) }
    }
}
