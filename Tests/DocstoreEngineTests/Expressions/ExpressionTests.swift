import BSON
import Testing

@testable import DocstoreEngine

struct ExpressionTests {
    private static let document: BSONDocument = [
        "i": 7, "d": 2.5, "s": "Hello, Wörld", "nul": .null, "a": [3, 1, 2, 1], "o": ["p": 1, "q": "r"],
        "ao": [["k": "x", "v": 1], ["k": "y", "v": 2]], "t": .date(1_709_212_455_678),
    ]

    private func value(_ expression: BSONValue) throws -> BSONValue? {
        try ExpressionParser().parse(expression).evaluate(Variables().binding(root: Self.document))
    }

    private static let results: [(expression: BSONValue, result: BSONValue?)] = [
        (["$add": ["$i", 1]], 8), (["$add": [.int64(.max), 1]], 9.223372036854775807e18),
        (["$divide": ["$i", 2]], 3.5),
        (["$mod": [-7, 2]], -1), (["$round": [2.5, 0]], 2.0), (["$round": [15, -1]], 20),
        (["$trunc": "$d"], 2.0), (["$ifNull": ["$nul", "$missing", 3]], 3), (["$cond": ["$nul", 1, 2]], 2),
        (["$concat": ["$s", "!"]], "Hello, Wörld!"), (["$substrCP": ["$s", 7, 3]], "Wör"), (["$strLenBytes": "$s"], 13),
        (["$split": ["a,b", ","]], ["a", "b"]), (["$toUpper": "$s"], "HELLO, WöRLD"),
        (["$size": "$a"], 4), (["$arrayElemAt": ["$a", -1]], 1), (["$slice": ["$a", 1, 2]], [1, 2]), ("$ao.v", [1, 2]),
        ("$ao.0", []),
        (["$map": ["input": "$a", "as": "x", "in": ["$multiply": ["$$x", 2]]]], [6, 2, 4, 2]),
        (["$filter": ["input": "$a", "cond": ["$gt": ["$$this", 1]]]], [3, 2]),
        (["$reduce": ["input": "$a", "initialValue": 0, "in": ["$add": ["$$value", "$$this"]]]], 7),
        (["$mergeObjects": ["$o", ["p": 2]]], ["p": 2, "q": "r"]), (["$arrayToObject": "$ao"], ["x": 1, "y": 2]),
        (["$type": "$missing"], "missing"), (["$toString": "$t"], "2024-02-29T13:14:15.678Z"), (["$toInt": "12"], 12),
        (["$sum": "$a"], 7), (["$year": .date(-62_198_755_200_000)], -1), (["$millisecond": .date(-1)], 999),
        (["$avg": "$a"], 1.75),
        (["$hour": ["date": "$t", "timezone": "UTC"]], 13),
        (["$dateToString": ["date": "$t", "format": "%Y-%m-%d %j %u %V %G"]], "2024-02-29 060 4 09 2024"),
        (["$arrayElemAt": ["$a", 9]], .none),
        (["$let": ["vars": ["x": 2], "in": ["$add": ["$$x", "$i"]]]], 9), (["x": "$i", "y": "$missing"], ["x": 7]),
        (["$cmp": ["$missing", .null]], -1), (["$literal": "$i"], "$i"),
        (["$switch": ["branches": [["case": true, "then": 1]]]], 1),
    ]

    @Test(arguments: results)
    func `an expression gives what MongoDB gives`(expression: BSONValue, result: BSONValue?) throws {
        #expect(try value(expression) == result)
    }

    private static let table1: [(BSONValue, Int32)] = [
        (["$foo": 1], 168), (["$eq": [1]], 16020), ("$$foo", 17276),
        (["a": 1, "$add": [1]], 16410),
        (["$add": [1], "b": 1], 15983), ("$", 16872), ("$a.", 40353), (["$toInt": "x"], 241),
        (["$divide": [1, 0]], 16608),
        (["$switch": ["branches": []]], 40068), (["$slice": [1]], 28667),
        (["$toDate": "2024-01-01"], 168), (["$convert": ["input": 1, "to": "int"]], 168),
        (["$setUnion": [[1], [2]]], 168), (["$trim": ["input": " x"]], 168),
        (["$dateFromString": ["dateString": "nope"]], 168),
        (["$zip": ["inputs": [[1]]]], 168), (["$pow": [2, 2]], 168),
    ]

    @Test(arguments: table1)
    func `mistakes show when an expression is read`(expression: BSONValue, code: Int32) {
        #expect { try ExpressionParser().parse(expression) } throws: { ($0 as? CommandError)?.code == code }
    }

    private static let table2: [(BSONValue, Int32)] = [
        (["$add": ["$s", 1]], 16554), (["$size": "$i"], 17124), (["$toLower": "$o"], 16007),
        (["$year": "$i"], 16006), (["$substrCP": ["$s", -1, 1]], 34455), (["$in": [1, "$i"]], 40081),
        (["$strLenCP": "$nul"], 34471),
        (["$mergeObjects": ["$i"]], 40400), (["$hour": ["date": "$t", "timezone": "Europe/Berlin"]], 40485),
    ]

    @Test(arguments: table2)
    func `values of the wrong type are errors`(expression: BSONValue, code: Int32) {
        #expect { try value(expression) } throws: { ($0 as? CommandError)?.code == code }
    }
}
