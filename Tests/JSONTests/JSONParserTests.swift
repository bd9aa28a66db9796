import JSON
import Testing

@Suite struct JSONParserTests {
    @Test(arguments: [
        ("null", JSONValue.null), (" true ", .bool(true)), ("-0", .int(0)), ("12", .int(12)),
        ("-9223372036854775808", .int(.min)), ("9223372036854775807", .int(.max)),
        ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("1.5e2", .double(150)), ("1E+2", .double(100)),
        (#""a\n\u00e9\ud83d\ude00/""#, .string("a\né😀/")), ("[]", .array([])), ("{}", .object([:])),
        (#"{"b":1,"a":[1,{"c":null}]}"#, .object(["b": 1, "a": .array([1, .object(["c": .null])])])),
        (#""é😀""#, .string("é😀")),
    ])
    func `valid texts give their value`(text: String, value: JSONValue) throws {
        #expect(try JSONParser.parse(text) == value)
    }

    @Test(arguments: [
        ("", JSONError.Reason.unexpectedEnd), ("{", .unexpectedEnd), ("[1,]", .unexpectedCharacter),
        (#"{"a":1,}"#, .unexpectedCharacter), ("01", .invalidNumber), ("-", .invalidNumber), ("1.", .invalidNumber),
        (".5", .unexpectedCharacter), ("+1", .unexpectedCharacter), ("1e", .invalidNumber), ("1e999", .invalidNumber),
        ("NaN", .unexpectedCharacter), ("tru", .unexpectedEnd), ("trux", .unexpectedCharacter),
        (#""\x""#, .invalidString), (#""\ud800""#, .invalidString), (#""\udc00""#, .invalidString),
        (#""\ud800\u0041""#, .invalidString), ("\"a\nb\"", .invalidString), (#""abc"#, .unexpectedEnd),
        (#"{"a":1,"a":2}"#, .duplicateKey), (#"{"a":1,"\u0061":2}"#, .duplicateKey), ("1 2", .trailingCharacters),
        ("{a:1}", .unexpectedCharacter), ("[1 2]", .unexpectedCharacter), ("\u{FEFF}1", .unexpectedCharacter),
        ("'a'", .unexpectedCharacter), ("/**/1", .unexpectedCharacter),
    ])
    func `invalid texts are refused with the reason`(text: String, reason: JSONError.Reason) {
        let error = #expect(throws: JSONError.self) { try JSONParser.parse(text) }
        #expect(error?.reason == reason)
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC3, 0x22],
    ])
    func `invalid UTF-8 in a string is refused`(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONParser.parse(bytes) }
    }

    @Test func `sixty-four levels are read, one more is refused`() throws {
        let text = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        _ = try JSONParser.parse(text(64))
        #expect(throws: JSONError(.tooDeep, at: 64)) { try JSONParser.parse(text(65)) }
        #expect(throws: JSONError.self) { try JSONParser.parse(text(100_000)) }
    }

    @Test func `a repeated key among thousands is found`() {
        let members = (0..<5_000).map { "\"k\($0)\":0" }.joined(separator: ",")
        #expect(throws: Never.self) { try JSONParser.parse("{\(members)}") }
        #expect(throws: JSONError.self) { try JSONParser.parse("{\(members),\"k17\":0}") }
    }

    @Test func `what is written is read back the same`() throws {
        let value: JSONValue = .object([
            "text": "quote \" backslash \\ line\n tab\t bell\u{7} é 😀",
            "list": .array([1, -2, 2.5, true, false, .null]),
            "nested": .object(["deep": .object(["deeper": .array([])])]), "empty": .object([:]), "min": .int(.min),
            "max": .int(.max), "a/b~c": 0,
        ])
        #expect(try JSONParser.parse(JSONWriter.bytes(value)) == value)
    }
}
