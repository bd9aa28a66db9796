import BSON
import Testing

@testable import DocstoreEngine

struct UpdaterTests {
    private static let changes: [(update: BSONDocument, before: BSONDocument, after: BSONDocument?)] = [
        (["$set": ["b.c": 1]], ["_id": 1], ["_id": 1, "b": ["c": 1]]), (["$set": ["n": 5]], ["n": 5], nil),
        (["$set": ["n": 5.0]], ["n": 5], ["n": 5.0]),
        (["$inc": ["n": 2147483647]], ["n": 5], ["n": .int64(2_147_483_652)]),
        (["$mul": ["n": .int64(2)]], [:], ["n": .int64(0)]),
        (["$unset": ["a.1": 1]], ["a": [1, 2]], ["a": [1, .null]]),
        (["$min": ["n": 1]], ["n": 2], ["n": 1]), (["$max": ["n": 1]], ["n": "a"], nil),
        (["$push": ["a": ["$each": [5, 0], "$sort": 1, "$slice": 2]]], ["a": [3]], ["a": [0, 3]]),
        (["$push": ["a": ["$each": [9], "$position": -1]]], ["a": [1, 2]], ["a": [1, 9, 2]]),
        (["$addToSet": ["a": ["$each": [1.0, 2]]]], ["a": [1]], ["a": [1, 2]]),
        (["$addToSet": ["a": 1]], ["a": [1]], nil),
        (["$pull": ["a": ["$gte": 2]]], ["a": [1, 2, 3]], ["a": [1]]),
        (["$pull": ["a": ["k": 2]]], ["a": [["k": 2, "v": 1], 2]], ["a": [2]]),
        (["$pullAll": ["a": [1]]], ["a": [1, 1.0, 2]], ["a": [2]]), (["$pop": ["a": -1]], ["a": [1, 2]], ["a": [2]]),
        (["$bit": ["n": ["xor": 5]]], ["n": 6], ["n": 3]),
        (["$rename": ["a": "b.c"]], ["a": 1, "z": 1], ["z": 1, "b": ["c": 1]]),
        (["$rename": ["missing": "b"]], ["a": 1], nil), (["$setOnInsert": ["a": 1]], ["b": 1], nil),
        (["$set": ["a.$[].n": 0]], ["a": [["n": 1], ["n": 2]]], ["a": [["n": 0], ["n": 0]]]),
        (["$set": ["b": 1, "a": 1]], [:], ["a": 1, "b": 1]),
        (["$set": ["a.3": 1]], ["a": [0]], ["a": [0, .null, .null, 1]]),
        (["r": 1], ["_id": 7, "x": 1], ["_id": 7, "r": 1]),
    ]

    @Test(arguments: changes)
    func `operators change documents as MongoDB does`(update: BSONDocument, before: BSONDocument, after: BSONDocument?)
        throws
    {
        #expect(try Updater(update: .document(update)).apply(to: before) == after)
    }

    private static let table1: [(BSONDocument, Int32)] = [
        (["$foo": ["a": 1]], 9), (["$set": ["": 1]], 56), (["$set": ["a": 1, "a.b": 1]], 40),
        (["$set": ["a": 1], "$inc": ["a": 1]], 40), (["$inc": ["a": "x"]], 14), (["$push": ["a": ["$each": 1]]], 2),
        (["$set": ["a.$[e]": 1]], 2), (["$rename": ["a": "a"]], 2), (["$pop": ["a": 2]], 9),
        (["$bit": ["a": ["nand": 1]]], 2),
        (["$set": ["$x": 1]], 52), (["x": 1, "$set": ["a": 1]], 52), (["$pullAll": ["a": 1]], 2), (["$set": 1], 9),
    ]

    @Test(arguments: table1)
    func `an update that cannot be is refused when it is read`(update: BSONDocument, code: Int32) {
        #expect { try Updater(update: .document(update)) } throws: { ($0 as? CommandError)?.code == code }
    }

    private static let table2: [(BSONDocument, Int32)] = [
        (["$inc": ["s": 1]], 14), (["$push": ["s": 1]], 2), (["$set": ["s.x": 1]], 28),
        (["$pop": ["s.x": 1]], 28), (["$set": ["_id": 2]], 66), (["$unset": ["_id": 1]], 66), (["_id": 2], 66),
        (["$set": ["a.$": 1]], 2), (["$set": ["s.$[]": 1]], 2), (["$rename": ["a.0": "b"]], 2),
        (["$set": ["a.x": 1]], 28),
        (["$inc": ["l": .int64(.max)]], 2),
    ]

    @Test(arguments: table2)
    func `an update that fails on a document says why`(update: BSONDocument, code: Int32) throws {
        let updater = try Updater(update: .document(update))
        let document: BSONDocument = ["_id": 1, "s": "x", "a": [1], "l": .int64(5)]
        #expect { try updater.apply(to: document) } throws: { ($0 as? CommandError)?.code == code }
    }

    @Test func `the positional operator takes the element that the query found`() throws {
        let updater = try Updater(update: ["$set": ["a.$.v": 0]])
        #expect(
            try updater.apply(to: ["a": [["v": 1], ["v": 2]]], matchedPosition: 1) == ["a": [["v": 1], ["v": 0]]])
    }

    @Test func `array filters choose elements, and each must be used`() throws {
        let updater = try Updater(update: ["$inc": ["a.$[e]": 100]], arrayFilters: [["e": ["$gte": 2]]])
        #expect(try updater.apply(to: ["a": [1, 2, 3]]) == ["a": [1, 102, 103]])
        #expect { try Updater(update: ["$set": ["a": 1]], arrayFilters: [["e": 1]]) } throws: {
            ($0 as? CommandError)?.code == 9
        }
    }

    @Test func `a pipeline may only transform`() throws {
        let updater = try Updater(update: [["$set": ["n": ["$add": ["$n", 1]]]], ["$unset": "s"]])
        #expect(try updater.apply(to: ["_id": 1, "n": 1, "s": 1]) == ["_id": 1, "n": 2])
        #expect { try Updater(update: [["$match": [:]]]) } throws: { ($0 as? CommandError)?.code == 72 }
    }

    @Test func `an upsert starts from the query's equalities`() throws {
        let query = try Matcher(filter: ["_id": 7, "o.p": 3, "n": ["$gt": 1], "$and": [["k": ["$in": [4]]]]])
        let document = try Updater(update: ["$set": ["x": 1], "$setOnInsert": ["y": 2]]).documentForUpsert(query: query)
        #expect(document == ["_id": 7, "k": 4, "o": ["p": 3], "x": 1, "y": 2])
        #expect(try Updater(update: ["r": 1]).documentForUpsert(query: query) == ["_id": 7, "r": 1])
        let made = try Updater(update: ["$set": ["x": 1]]).documentForUpsert(query: Matcher(filter: [:]))
        #expect(made.first?.key == "_id")
    }

    @Test func `contradicting equalities make no document`() throws {
        let query = try Matcher(filter: ["a": 1, "a.b": 2])
        let updater = try Updater(update: ["$set": ["x": 1]])
        #expect { try updater.documentForUpsert(query: query) } throws: { ($0 as? CommandError)?.code == 54 }
    }
}
