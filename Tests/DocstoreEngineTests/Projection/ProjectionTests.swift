import BSON
import Testing

@testable import DocstoreEngine

struct ProjectionTests {
    private static let document: BSONDocument = [
        "_id": 1, "a": ["b": 1, "c": [1, 2, 3]], "x": [["y": 1, "z": 1], ["y": 2, "z": 2]], "s": "t",
    ]

    private static let table1: [(BSONDocument, BSONDocument)] = [
        (["s": 1], ["_id": 1, "s": "t"]), (["s": 1, "_id": 0], ["s": "t"]),
        (["x.y": 1], ["_id": 1, "x": [["y": 1], ["y": 2]]]), (["a.nothing": 1], ["_id": 1, "a": [:]]),
        (["a": 0, "x": 0], ["_id": 1, "s": "t"]), (["_id": 1], ["_id": 1]),
        (["n": ["$add": ["$a.b", 1]]], ["_id": 1, "n": 2]),
        (["x": ["$elemMatch": ["y": 2]]], ["_id": 1, "x": [["y": 2, "z": 2]]]),
        (["a.c": ["$slice": [-2, 1]], "s": 1], ["_id": 1, "a": ["c": [2]], "s": "t"]),
        (["x": ["y": 1]], ["_id": 1, "x": [["y": 1], ["y": 2]]]),
        (["x": ["$elemMatch": ["y": 2]], "_id": 0], ["x": [["y": 2, "z": 2]]]), (["_id.k": 1, "s": 1], ["s": "t"]),
        (["a.c.d": 1, "s": 1], ["_id": 1, "a": ["c": []], "s": "t"]),
    ]

    @Test(arguments: table1)
    func `fields are kept, dropped and computed`(projection: BSONDocument, result: BSONDocument) throws {
        #expect(try Projection(projection).apply(Self.document) == result)
    }

    @Test func `the positional projection keeps the element that matched`() throws {
        let projection = try Projection(["x.$": 1])
        #expect(try projection.apply(Self.document, position: 1) == ["_id": 1, "x": [["y": 2, "z": 2]]])
        #expect { try projection.apply(Self.document) } throws: { ($0 as? CommandError)?.code == 51246 }
    }

    @Test func `an empty projection is none`() throws {
        #expect(try Projection([:]).apply(Self.document) == Self.document)
    }

    private static let table2: [(BSONDocument, Int32)] = [
        (["a": 1, "b": 0], 31254), (["a": 0, "b": 1], 31253), (["a": 1, "a.b": 1], 31249),
        (["a.b": 1, "a": 1], 31250), (["a": ["$foo": 1]], 31325), (["a": [:]], 51270), (["a": 0, "b": "$c"], 31252),
        (["a": ["$slice": "x"]], 28667), (["a.b": ["$elemMatch": ["c": 1]]], 31275),
    ]

    @Test(arguments: table2)
    func `contradictions are refused`(projection: BSONDocument, code: Int32) {
        #expect { try Projection(projection) } throws: { ($0 as? CommandError)?.code == code }
    }
}
