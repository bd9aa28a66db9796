import JSON
import Testing

@testable import Events

/// What events are written with and read by: every shape that a payload may have.
@Suite struct JSONCodingTests {
    private struct Part: Codable, Equatable {
        var name: String
        var weights: [Double] = []
    }

    private struct Whole: Codable, Equatable {
        var flag = true
        var small: Int8 = -128
        var large: UInt64 = .init(Int64.max)
        var ratio: Float = 0.5
        var missing: Int?
        var parts: [Part] = []
        var table: [[Int]] = []
        var byName: [String: Part] = [:]
        var holes: [String?] = []
    }

    private let whole = Whole(
        parts: [Part(name: "a", weights: [1, 2.5]), Part(name: "")], table: [[], [1], [2, 3]],
        byName: ["x": Part(name: "y")], holes: ["a", nil, "b"])

    private static let text =
        #"{"flag":true,"small":-128,"large":9223372036854775807,"ratio":0.5,"parts":[{"name":"a","weights":[1.0,2.5]},"#
        + #"{"name":"","weights":[]}],"table":[[],[1],[2,3]],"byName":{"x":{"name":"y","weights":[]}},"holes":["a",null,"b"]}"#

    private func read<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
        try JSONValueDecoder.decode(type, from: JSONParser.parse(text))
    }

    @Test func `every shape is written as JSON has it, and read back`() throws {
        let value = try JSONValueEncoder.encode(whole)
        var writer = JSONWriter()
        writer.value(value)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == Self.text)
        #expect(try read(Whole.self, Self.text) == whole)
        #expect(try JSONValueDecoder.decode(Whole.self, from: value) == whole)
    }

    @Test func `what is absent and what is null are nil, where nil may be`() throws {
        let absent = Self.text
        let null = absent.replacing(#""ratio""#, with: #""missing":null,"ratio""#)
        #expect(try read(Whole.self, null) == whole)
        let there = absent.replacing(#""ratio""#, with: #""missing":7,"ratio""#)
        #expect(try read(Whole.self, there).missing == 7)
    }

    @Test(
        arguments: [
            (#""flag":true,"#, ""), (#""flag":true"#, #""flag":1"#), (#""flag":true"#, #""flag":null"#),
            (#""small":-128"#, #""small":-129"#), (#""small":-128"#, #""small":1.5"#), ("9223372036854775807", "-1"),
            (#""name":"a""#, #""name":5"#), ("[[],[1],[2,3]]", "[[],1]"), ("[[],[1],[2,3]]", "{}"),
            (#"{"x":{"#, #"[{"x":{"#),
        ])
    func `what does not fit is an error and never another value`(part: String, wrong: String) {
        #expect(Self.text.contains(part))
        #expect(throws: (any Error).self) { try read(Whole.self, Self.text.replacing(part, with: wrong)) }
    }

    @Test func `a number that does not fit 64 bits is not written`() {
        var large = whole
        large.large = .max
        #expect(throws: EncodingError.self) { try JSONValueEncoder.encode(large) }
    }

    @Test func `an error says where it was found`() {
        let error = #expect(throws: DecodingError.self) {
            try read(Whole.self, Self.text.replacing(#"{"x":{"name":"y""#, with: #"{"x":{"name":5"#))
        }
        guard case .dataCorrupted(let context) = error else {
            return #expect(Bool(false), "\(String(describing: error))")
        }
        #expect(context.codingPath.map(\.stringValue).prefix(2) == ["byName", "x"])
    }

    @Test func `a list that is read past its end is an error`() {
        struct Pair: Decodable {
            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                _ = try (list.decode(Int.self), list.decode(Int.self))
            }
        }
        #expect(throws: Never.self) { try read(Pair.self, "[1,2]") }
        #expect(throws: DecodingError.self) { try read(Pair.self, "[1]") }
    }
}
