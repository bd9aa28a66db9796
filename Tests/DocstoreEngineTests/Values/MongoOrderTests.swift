import BSON
import Testing

@testable import DocstoreEngine

struct MongoOrderTests {
    /// One value of each kind, in MongoDB's order.
    private let kinds: [BSONValue] = [
        .minKey, .undefined, .null, .double(.nan), .double(-.infinity), -1, 0.5, 1, .int64(1 << 53), .double(.infinity),
        "", "A", "a", "b", [:], ["a": 1], ["a": 2], ["b": 1], ["a": "x"], [], [1], [1, 2], ["a"],
        .binary(BSONBinary(bytes: [9])), .binary(BSONBinary(bytes: [1, 2])), .objectID(ObjectID()), false, true,
        .date(-1), .date(1), .timestamp(BSONTimestamp(seconds: 1, increment: 1)), .regex(pattern: "a", options: ""),
        .javascript("x"), .maxKey,
    ]

    @Test func `kinds come in MongoDB's order`() {
        for (index, left) in kinds.enumerated() {
            for right in kinds[(index + 1)...] {
                #expect(MongoOrder.compare(left, right) < 0, "\(left) before \(right)")
                #expect(MongoOrder.compare(right, left) > 0, "\(right) after \(left)")
            }
            #expect(MongoOrder.compare(left, left) == 0)
        }
    }

    @Test func `numbers are equal across their types`() throws {
        let ones: [BSONValue] = [1, 1.0, .int64(1), Number.decimal(try #require(Decimal(text: "1.0"))).value]
        for left in ones {
            for right in ones {
                #expect(MongoOrder.equal(left, right))
                #expect(ValueKey(left) == ValueKey(right))
                #expect(ValueKey(left).hashValue == ValueKey(right).hashValue)
            }
        }
        #expect(!MongoOrder.equal(.int64(1 << 53 + 1), .double(0x1p53)))
        #expect(MongoOrder.compare(.double(0.1), Number.decimal(try #require(Decimal(text: "0.1"))).value) > 0)
    }

    @Test func `a sort takes from an array the row that comes first`() throws {
        let document: BSONDocument = ["a": [["b": 1, "c": 5], ["b": 1, "c": 2], ["b": 2, "c": 0]]]
        #expect(try SortPattern(["a.b": 1, "a.c": 1]).key(of: document) == [1, 2])
        #expect(try SortPattern(["a.b": -1, "a.c": 1]).key(of: document) == [2, 0])
        #expect(try SortPattern(["x": 1]).key(of: ["x": []]) == [.undefined])
        #expect(try SortPattern(["x": 1]).key(of: [:]) == [.null])
        #expect(try SortPattern(["x.0": 1]).key(of: ["x": [[1, 2], [3]]]) == [[1, 2]])
    }

    private static let table1: [(BSONDocument, Int32)] = [
        (["n": 2], 15975), (["n": "x"], 15974), (["$n": 1], 16410), (["a..b": 1], 15998),
    ]

    @Test(arguments: table1)
    func `a bad sort is refused`(pattern: BSONDocument, code: Int32) {
        #expect { try SortPattern(pattern) } throws: { ($0 as? CommandError)?.code == code }
    }

    @Test func `parallel arrays cannot be sorted by`() throws {
        let pattern = try SortPattern(["a": 1, "b": 1])
        #expect { try pattern.key(of: ["a": [1, 2], "b": [1, 2]]) } throws: { ($0 as? CommandError)?.code == 2 }
    }
}
