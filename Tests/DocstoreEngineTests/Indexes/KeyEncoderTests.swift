import BSON
import Testing

@testable import DocstoreEngine

/// Index keys sort as MongoDB sorts the values.
@Suite struct KeyEncoderTests {
    private static let values: [BSONValue] = [
        .minKey, .undefined, .null, .double(.nan), .double(-.infinity), .int64(.min), .double(-2.5), .int32(-1),
        .double(-0.0), .int32(0), .double(1e-300), .double(0.1), .int32(1), .double(1.0), .int64(1), .double(1.5),
        .int64(1 << 53), .int64(1 << 53 + 1), .double(9_007_199_254_740_994), .int64(.max - 1), .int64(.max),
        .double(9.3e18), .double(.infinity), "", "\0", "\0a", "a", "a\0", "a\0b", "ab", "b", "é", .symbol("a"),
        .document([:]), .document(["a": 1]), .document(["a": 2]), .document(["a": "x"]), .document(["b": 1]),
        .document(["a": 1, "b": 1]), .document(["a": ["b": 1]]), [], [1], [1, 2], [2], [[]], [[1]], ["a"],
        .binary(BSONBinary(bytes: [])), .binary(BSONBinary(bytes: [255])), .binary(BSONBinary(bytes: [0, 0])),
        .binary(BSONBinary(subtype: 4, bytes: [255])), .bool(false), .bool(true), .date(-1), .date(0), .date(1),
        .timestamp(BSONTimestamp(seconds: 1, increment: 2)), .timestamp(BSONTimestamp(seconds: 2, increment: 1)),
        .regex(pattern: "a", options: ""), .regex(pattern: "a", options: "i"), .javascript("f"), .maxKey,
    ]

    private func order(_ left: [UInt8], _ right: [UInt8]) -> Int {
        left.lexicographicallyPrecedes(right) ? -1 : left == right ? 0 : 1
    }

    @Test func `every pair of values compares as its keys do`() {
        for left in Self.values {
            for right in Self.values {
                let wanted = MongoOrder.compare(left, right).signum()
                #expect(order(KeyEncoder.encode(left), KeyEncoder.encode(right)) == wanted, "\(left) \(right)")
                let down = order(
                    KeyEncoder.encode(left, descending: true), KeyEncoder.encode(right, descending: true))
                #expect(down == -wanted, "\(left) \(right) descending")
            }
        }
    }

    @Test func `no key is the beginning of another`() {
        let keys = Self.values.map { KeyEncoder.encode($0) }
        for left in keys { for right in keys where left != right { #expect(!right.starts(with: left)) } }
    }

    @Test func `decimals stand among the other numbers`() throws {
        let texts = [
            "-Infinity", "-1E+400", "-2.5", "-0", "1E-400", "0.1", "1", "1.5", "9007199254740993", "1E+400", "NaN",
        ]
        let decimals = texts.compactMap { Decimal(text: $0).map { BSONValue.decimal128($0.encoded) } }
        #expect(decimals.count == texts.count)
        let all = decimals + Self.values.filter { $0.orderRank == 0x10 }
        for left in all {
            for right in all {
                let wanted = MongoOrder.compare(left, right).signum()
                #expect(order(KeyEncoder.encode(left), KeyEncoder.encode(right)) == wanted, "\(left) \(right)")
            }
        }
    }
}
