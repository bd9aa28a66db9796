import BSON
import Testing

@testable import DocstoreEngine

struct PipelineTests {
    private func run(_ stages: [BSONDocument]) throws -> [BSONDocument] {
        let documents: [BSONDocument] = (0..<6).map {
            ["_id": .int32($0), "g": .int32($0 % 2), "t": .array((0..<($0 % 3)).map(BSONValue.int32))]
        }
        // For every collection the same.
        let results = try Pipeline(stages: stages).run(over: collected { documents }) { _, filter in
            let matcher = try Matcher(filter: filter)
            return collected { try documents.filter { try matcher.matches($0) } }
        }
        var found: [BSONDocument] = []
        while let document = try results() { found.append(document) }
        return found
    }

    @Test func `groups gather their values`() throws {
        let groups = try run([
            ["$group": ["_id": "$g", "n": ["$sum": 1], "last": ["$last": "$_id"], "all": ["$push": "$_id"]]],
            ["$sort": ["_id": 1]],
        ])
        #expect(
            groups == [
                ["_id": 0, "n": 3, "last": 4, "all": [0, 2, 4]], ["_id": 1, "n": 3, "last": 5, "all": [1, 3, 5]],
            ])
    }

    @Test func `a sort with a limit gives the first`() throws {
        #expect(
            try run([["$sort": ["_id": -1]], ["$skip": 1], ["$limit": 2], ["$project": ["_id": 1]]]) == [
                ["_id": 4], ["_id": 3],
            ])
    }

    @Test func `unwinding keeps empty arrays when asked`() throws {
        let stage: BSONDocument = [
            "$unwind": ["path": "$t", "preserveNullAndEmptyArrays": true, "includeArrayIndex": "i"]
        ]
        #expect(
            try run([["$match": ["_id": ["$in": [0, 2]]]], stage]) == [
                ["_id": 0, "g": 0, "i": .null], ["_id": 2, "g": 0, "t": 0, "i": .int64(0)],
                ["_id": 2, "g": 0, "t": 1, "i": .int64(1)],
            ])
    }

    @Test func `a lookup joins by field, by element and by pipeline`() throws {
        let byElement = try run([
            ["$match": ["_id": 2]], ["$lookup": ["from": "c", "localField": "t", "foreignField": "_id", "as": "j"]],
        ])
        #expect(byElement[0].array("j")?.count == 2)
        let byPipeline = try run([
            ["$match": ["_id": 4]],
            [
                "$lookup": [
                    "from": "c", "let": ["x": "$g"],
                    "pipeline": [["$match": ["$expr": ["$eq": ["$g", "$$x"]]]], ["$count": "n"]], "as": "j",
                ]
            ],
        ])
        #expect(byPipeline[0].array("j") == [["n": 3]])
    }

    @Test func `counting nothing gives nothing`() throws {
        #expect(try run([["$match": ["_id": 99]], ["$count": "n"]]) == [])
        #expect(try run([["$sample": ["size": 4]], ["$count": "n"]]) == [["n": 4]])
    }

    @Test func `the leading query is given to the planner`() throws {
        let (filter, rest) = try Pipeline(stages: [["$match": ["a": 1]], ["$match": ["b": 2]], ["$limit": 1]])
            .leadingQuery
        #expect(filter == ["$and": [["a": 1], ["b": 2]]])
        #expect(!rest.isEmpty)
    }

    private static let table1: [(BSONDocument, Int32)] = [
        (["$foo": 1], 40324), ([:], 40323), (["$match": 1], 15959), (["$limit": 0], 15958),
        (["$skip": -1], 15956),
        (["$group": ["n": ["$sum": 1]]], 15955), (["$group": ["_id": 1, "x": ["$foo": 1]]], 15952),
        (["$unwind": "t"], 28818),
        (["$project": [:]], 51272), (["$lookup": ["from": "c"]], 9), (["$sort": [:]], 15976), (["$out": "x"], 40324),
    ]

    @Test(arguments: table1)
    func `what is no stage is refused by name`(stage: BSONDocument, code: Int32) {
        #expect { try Pipeline(stages: [stage]) } throws: { ($0 as? CommandError)?.code == code }
    }

    @Test func `sums of doubles keep what rounding would lose`() throws {
        var memory = MemoryBudget(owner: "$group")
        var sum = SumAccumulator(isAverage: false)
        for _ in 0..<10 { sum.add(0.1, &memory) }
        #expect(sum.result == 1.0)
        var wide = SumAccumulator(isAverage: false)
        wide.add(.int64(.max), &memory)
        wide.add(.int64(1), &memory)
        #expect(wide.result == .double(0x1p63))
    }

    private static let gathering: [BSONDocument] = [
        ["$group": ["_id": 1, "all": ["$push": "$s"]]], ["$sort": ["_id": 1]],
    ]

    @Test(arguments: gathering)
    func `what takes more than 100 MB of memory is refused`(stage: BSONDocument) throws {
        let text = String(repeating: "x", count: 1 << 20)
        var made: Int32 = 0
        let input: PipelineInput = {
            made += 1
            return made > 101 ? .none : ["_id": .int32(made), "s": .string(text)]
        }
        let results = try Pipeline(stages: [stage]).run(over: input) { _, _ in input }
        #expect { _ = try results() } throws: { ($0 as? CommandError)?.code == 292 }
        #expect(made == 100)
    }
}
