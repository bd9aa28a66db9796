import BSON
import MongoClient
import Runtime
import TestSupport
import Testing

struct CollectionTests {
    @Test func `what is inserted is found with every type intact`() async throws {
        try await withDatabase { client in
            let things = client.collection("things")
            let id = ObjectID()
            let document: BSONDocument = [
                "_id": .objectID(id), "text": "grüße", "n": 7, "big": .int64(1 << 40), "at": .date(1_700_000_000_123),
                "list": [1, "two", ["three": nil]], "bytes": .binary(BSONBinary(bytes: [1, 2, 3])), "yes": true,
                "ratio": 0.25,
            ]
            try await things.insert(document)
            #expect(try await things.findByID(.objectID(id)) == document)
            #expect(try await things.findOne(["_id": .objectID(ObjectID())]) == nil)
            #expect(try await things.findOne(["n": 7], projection: ["_id": 0, "text": 1]) == ["text": "grüße"])
        }
    }

    @Test func `a second document under a unique key is refused and names the index`() async throws {
        try await withDatabase { client in
            let things = client.collection("things")
            _ = try await client.database.run([
                "createIndexes": "things",
                "indexes": [["key": ["a": 1, "b": 1], "name": "a_1_b_1", "unique": true]],
            ])
            try await things.insert(["a": 1, "b": 1])
            try await things.insert(["a": 1, "b": 2])
            let error = await #expect(throws: MongoError.self) { try await things.insert(["a": 1, "b": 1]) }
            guard case .duplicateKey(let key) = error else { throw try #require(error) }
            #expect(key.index == "a_1_b_1")
            try await things.insert(["_id": 5])
            let again = await #expect(throws: MongoError.self) { try await things.insert(["_id": 5]) }
            guard case .duplicateKey(let primary) = again else { throw try #require(again) }
            #expect(primary.index == "_id_")
        }
    }

    @Test func `encoded writes do what the same operations do, and are read back field by field`() async throws {
        try await withDatabase { client in
            let things = client.collection("things")
            let ids = (0..<300).map { _ in ObjectID() }
            var writes = EncodedWrites()
            for (index, id) in ids.enumerated() {
                writes.insert { writer in
                    writer.field("_id", id)
                    writer.field("n", Int64(index))
                }
            }
            #expect(try await things.bulk(writes).inserted == 300)

            var changes = EncodedWrites()
            changes.replaceOne({ $0.field("_id", ids[0]) }, by: { $0.field("n", Int64(1000)) })
            changes.replaceOne({ $0.field("n", Int64(5000)) }, by: { $0.field("n", Int64(5000)) }, upsert: true)
            changes.updateOne(
                { $0.field("_id", ids[1]) }, { $0.document("$inc") { $0.field("n", Int64(2000)) } })
            changes.updateMany(
                { $0.document("n") { $0.field("$gte", Int64(5000)) } },
                { $0.document("$set") { $0.field("n", Int64(6000)) } })
            let result = try await things.bulk(changes)
            #expect(result.matched == 3 && result.upserted == 1 && result.refusals.isEmpty)

            var filter = BSONWriter()
            filter.document { $0.document("n") { $0.field("$gte", Int64(299)) } }
            let found = try await things.find(encoded: filter) { (fields: inout BSONFields) throws(BSONError) in
                var number: Int64 = 0
                while try fields.next() { if fields.isNamed("n") { number = try fields.int64() } }
                return number
            }
            #expect(found.sorted() == [299, 1000, 2001, 6000])
        }
    }

    @Test func `an encoded write that is refused is among the refusals`() async throws {
        try await withDatabase { client in
            let things = client.collection("things")
            let id = ObjectID()
            var writes = EncodedWrites()
            for _ in 0..<2 { writes.insert { $0.field("_id", id) } }
            writes.insert { $0.field("_id", ObjectID()) }
            let result = try await things.bulk(writes, ordered: false)
            #expect(result.inserted == 2)
            #expect(result.refusals.map(\.index) == [1] && result.refusals.allSatisfy(\.error.isDuplicateKey))
        }
    }

    @Test func `updates say what they did`() async throws {
        try await withDatabase { client in
            let things = client.collection("things")
            try await things.insertMany([["_id": 1, "n": 1], ["_id": 2, "n": 1], ["_id": 3, "n": 2]])
            #expect(try await things.update(["n": 1], ["$inc": ["n": 5]]) == UpdateResult(matched: 1, modified: 1))
            #expect(
                try await things.update(["n": ["$gte": 1]], ["$set": ["m": 9]], many: true)
                    == UpdateResult(matched: 3, modified: 3))
            let upserted = try await things.update(["_id": 9], ["$set": ["n": 9]], upsert: true)
            #expect(upserted.matched == 0 && upserted.upsertedID == 9)
            #expect(try await things.replace(["_id": 9], ["n": 10]).modified == 1)
            #expect(try await things.findByID(9) == ["_id": 9, "n": 10])
            #expect(try await things.delete(["_id": 9]) == 1)
            #expect(try await things.delete(["_id": ["$lte": 3]], many: true) == 3)
            #expect(try await things.count() == 0)
        }
    }

    @Test func `find sorts, skips, limits and projects`() async throws {
        try await withDatabase { client in
            let things = client.collection("things")
            try await things.insertMany((1...300).map { ["_id": .int32($0), "mod": .int32($0 % 7)] })
            let page = try await things.find(["mod": 3], sort: ["_id": -1], skip: 1, limit: 2, projection: ["mod": 0])
            #expect(page == [["_id": 290], ["_id": 283]])
            #expect(try await things.find(["mod": ["$in": [1, 2]]]).count == 86)
            #expect(try await things.find([:]).count == 300)
            #expect(try await things.count(["mod": 3]) == 43)
            #expect(try await things.count(limit: 10) == 10)
            #expect(try await things.distinct("mod").count == 7)
        }
    }

    @Test func `batches cover everything once`() async throws {
        try await withDatabase { client in
            let things = client.collection("things")
            try await things.insertMany((0..<1_234).map { ["_id": .int32($0)] })
            var seen: [Int32] = []
            var sizes: [Int] = []
            try await things.forEachBatch(sort: ["_id": 1], batchSize: 100) { batch in
                sizes.append(batch.count)
                seen += batch.compactMap { $0.int32("_id") }
            }
            #expect(seen == Array(0..<1_234))
            #expect(sizes.max() == 100)
        }
    }

    @Test func `a batch that throws ends the cursor and is heard`() async throws {
        struct Enough: Error {}
        try await withDatabase { client in
            let things = client.collection("things")
            try await things.insertMany((0..<50).map { ["_id": .int32($0)] })
            await #expect(throws: Enough.self) {
                try await things.forEachBatch(batchSize: 10) { _ in throw Enough() }
            }
        }
    }

    @Test func `findAndModify returns what was or what is`() async throws {
        try await withDatabase { client in
            let counters = client.collection("counters")
            let first = try await counters.findAndModify(["_id": "a"], update: ["$inc": ["n": 1]], upsert: true)
            #expect(first == ["_id": "a", "n": 1])
            let before = try await counters.findAndModify(
                ["_id": "a"], update: ["$inc": ["n": 1]], returning: .before)
            #expect(before == ["_id": "a", "n": 1])
            #expect(try await counters.findAndModify(["_id": "a"], update: nil) == ["_id": "a", "n": 2])
            #expect(try await counters.findAndModify(["_id": "a"], update: ["$inc": ["n": 1]]) == nil)
        }
    }

    @Test func `a bulk reports each refusal with its place`() async throws {
        try await withDatabase { client in
            let things = client.collection("things")
            try await things.insert(["_id": 1])
            let result = try await things.bulk(
                [
                    .insert(["_id": 1]), .insert(["_id": 2]),
                    .updateOne(filter: ["_id": 2], update: ["$set": ["x": 1]]),
                    .insert(["_id": 2]), .updateOne(filter: ["_id": 3], update: ["$set": ["x": 1]], upsert: true),
                    .deleteOne(["_id": 1]),
                ], ordered: false)
            #expect(result.inserted == 1 && result.modified == 1 && result.upserted == 1 && result.deleted == 1)
            #expect(result.refusals.map(\.index) == [0, 3])
            #expect(result.refusals.filter { $0.error.isDuplicateKey }.count == 2)
            let ordered = try await things.bulk([.insert(["_id": 2]), .insert(["_id": 7])])
            #expect(ordered.inserted == 0 && ordered.refusals.count == 1)
        }
    }

    @Test func `aggregation groups`() async throws {
        try await withDatabase { client in
            let things = client.collection("things")
            try await things.insertMany((0..<10).map { ["_id": .int32($0), "even": .bool($0 % 2 == 0)] })
            let groups = try await things.aggregate([
                ["$match": ["_id": ["$lt": 9]]], ["$group": ["_id": "$even", "n": ["$sum": 1]]], ["$sort": ["_id": 1]],
            ])
            #expect(groups == [["_id": false, "n": 4], ["_id": true, "n": 5]])
        }
    }

    @Test func `many increments from many tasks add up exactly`() async throws {
        try await withDatabase(threads: 8) { client in
            let counters = client.collection("counters")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<25 {
                            try await counters.update(["_id": "n"], ["$inc": ["n": 1]], upsert: true)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await counters.findByID("n")?.int("n") == 200)
        }
    }
}
