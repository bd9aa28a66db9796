import BSON
import Testing

@testable import DocstoreEngine

struct MatcherTests {
    private static let matching: [(filter: BSONDocument, document: BSONDocument)] = [
        (["a": 1], ["a": 1.0]), (["a": 1], ["a": [3, 1]]), (["a": [1, 2]], ["a": [[1, 2]]]), (["a": .null], [:]),
        (["a.b": 2], ["a": [["b": 1], ["b": 2]]]), (["a.1.b": 2], ["a": [["b": 1], ["b": 2]]]),
        (["a.0.b": 1], ["a": [[["b": 1]]]]), (["a.b": .null], ["a": [["b": 1], ["c": 1]]]),
        (["a": ["$gt": .minKey]], [:]), (["a": ["$lte": .null]], [:]), (["a": ["$in": [1, .null]]], [:]),
        (["a": ["$nin": [1]]], ["a": 2]), (["a": ["$not": ["$gt": 5]]], ["a": "x"]), (["a": ["$size": 0]], ["a": []]),
        (["a": ["$all": [1, 2]]], ["a": [2, 1, 3]]), (["a": ["$all": [["$elemMatch": ["b": 1]]]]], ["a": [["b": 1]]]),
        (["a": ["$elemMatch": ["$gt": 1, "$lt": 3]]], ["a": [0, 2]]), (["a": ["$elemMatch": ["0": 5]]], ["a": [[5]]]),
        (["a": ["$type": "array"]], ["a": []]), (["a": ["$mod": [4, 2]]], ["a": 6.9]),
        (["a": ["$bitsAllSet": 5]], ["a": 7]), (["a": ["$regex": "^al", "$options": "i"]], ["a": "Alpha"]),
        (["a": .regex(pattern: "b$", options: "")], ["a": ["x", "ab"]]),
        (["$expr": ["$gt": ["$a", "$b"]]], ["a": 2, "b": 1]),
        (["$nor": [["a": 1], ["b": 1]]], ["a": 2]), (["a": ["b": 1]], ["a": ["b": 1]]),
    ]
    private static let failing: [(filter: BSONDocument, document: BSONDocument)] = [
        (["a.b": .null], ["a": [1, 2]]), (["a": ["$gt": 1]], ["a": "x"]), (["a": ["$all": []]], ["a": []]),
        (["a": ["b": 1]], ["a": ["b": 1, "c": 1]]), (["a": ["$elemMatch": ["$gt": 1]]], ["a": 2]),
        (["a.0": 1], ["a": [[1]]]), (["a": ["$lt": .double(.nan)]], ["a": .double(.nan)]),
        (["a": ["$ne": 1]], ["a": [1, 2]]),
        (["a": ["$exists": false]], ["a": .null]), (["a.b": ["$exists": true]], ["a": 1]),
        (["a": ["$in": []]], ["a": 1]),
    ]

    @Test(arguments: matching)
    func `a document that fulfils the query matches`(filter: BSONDocument, document: BSONDocument) throws {
        #expect(try Matcher(filter: filter).matches(document))
    }

    @Test(arguments: failing)
    func `a document that does not fulfil it is left out`(filter: BSONDocument, document: BSONDocument) throws {
        #expect(try !Matcher(filter: filter).matches(document))
    }

    private static let table1: [(BSONDocument, Int32)] = [
        (["$foo": 1], 2), (["a": ["$foo": 1]], 2), (["a": ["$gt": 1, "b": 1]], 2),
        (["$and": []], 2), (["a": ["$in": 1]], 2), (["a": ["$in": [["$gt": 1]]]], 2), (["a": ["$regex": "["]], 51091),
        (["a": ["$mod": [1]]], 2), (["a": ["$type": []]], 9), (["a": ["$bitsAllSet": -1]], 9),
        (["a": ["$not": [:]]], 2),
        (["$expr": ["$foo": 1]], 168), (["$where": "true"], 2),
        (["$text": ["$search": "a", "$caseSensitive": true]], 2),
        (["$or": [["$text": ["$search": "a"]]]], 2), (["a": ["$near": [0, 0]]], 2),
    ]

    @Test(arguments: table1)
    func `what is not known is refused by name`(filter: BSONDocument, code: Int32) {
        #expect { try Matcher(filter: filter) } throws: { ($0 as? CommandError)?.code == code }
    }

    private static let table2: [(BSONDocument, BSONDocument, Int?)] = [
        (["a": 2], ["a": [1, 2]], 1 as Int?),
        (["a.b": 2], ["a": [["b": 1], ["b": [0, 2]]]], 1),
        (["a": ["$elemMatch": ["b": 2]]], ["a": [["b": 1], ["b": 2]]], 1), (["a.1": 2], ["a": [1, 2]], nil),
        (["$or": [["a": 1], ["a": 2]]], ["a": [1, 2]], nil), (["b": 3, "a": 1], ["a": [0, 1], "b": [5, 6, 3]], 2),
    ]

    @Test(arguments: table2)
    func `the element that matched is told`(filter: BSONDocument, document: BSONDocument, position: Int?) throws {
        let found = try Matcher(filter: filter).match(document)
        #expect(found.matches)
        #expect(found.position == position)
    }

    @Test func `the planner sees what every match fulfils`() throws {
        let matcher = try Matcher(filter: ["a": 1, "$and": [["b": ["$gt": 2, "$lte": 9]], ["c": ["$in": [1, 2]]]]])
        #expect(Set(matcher.conjuncts.map(\.path)) == ["a", "b", "c"])
        #expect(matcher.conjuncts.count == 4)
        #expect(try Matcher(filter: ["a": ["$ne": 1]]).conjuncts.isEmpty)
        #expect(try Matcher(filter: ["$or": [["a": 1], ["b": 1]]]).alternatives?.count == 2)
    }

    private static let refusals: [(BSONDocument, BSONDocument?)] = [
        (["a": 1], nil),
        (
            ["a": ["$gt": 5]],
            [
                "operatorName": "$gt", "specifiedAs": ["a": ["$gt": 5]], "reason": "comparison failed",
                "consideredValue": 1,
            ]
        ),
        (
            ["x": 5], ["operatorName": "$eq", "specifiedAs": ["x": 5], "reason": "field was missing"]
        ),
        (["$nor": [["a": 1]]], ["operatorName": "$nor", "clausesSatisfied": [["index": 0]]]),
    ]

    @Test(arguments: refusals)
    func `a document that does not match is told why`(filter: BSONDocument, details: BSONDocument?) throws {
        #expect(try Matcher(filter: filter).explanation(for: ["a": 1]) == details)
    }

    @Test func `variables of a command reach its expressions`() throws {
        let matcher = try Matcher(filter: ["$expr": ["$eq": ["$a", "$$x"]]], variables: Variables(["x": 5]))
        #expect(try matcher.matches(["a": 5]))
        #expect { try Matcher(filter: ["$expr": ["$eq": ["$a", "$$x"]]]) } throws: {
            ($0 as? CommandError)?.code == 17276
        }
    }
}
