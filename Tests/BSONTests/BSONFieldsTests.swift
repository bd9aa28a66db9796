import BSON
import Testing

@Suite struct BSONFieldsTests {
    private let id = ObjectID()

    @Test func `fields written one by one are the document that a tree of them makes`() {
        var writer = BSONWriter()
        writer.document { writer in
            writer.field("_id", id)
            writer.field("long", Int64(-5))
            writer.field("int", int32: 7)
            writer.field("double", double: 0.25)
            writer.field("yes", true)
            writer.field("text", "grüße")
            writer.field("bytes", utf8: Array("abc".utf8))
            writer.field("at", date: 1_700_000_000_123)
            writer.field("any", .null)
            writer.document("inner") { $0.field("n", Int64(1)) }
            writer.array("list") { writer in
                for index in 0..<12 { writer.element(index) { $0.field("n", int32: Int32(index)) } }
                writer.element(12, id)
            }
        }
        let members = (0..<12).map { BSONValue.document(["n": .int32(Int32($0))]) } + [.objectID(id)]
        let tree: BSONDocument = [
            "_id": .objectID(id), "long": .int64(-5), "int": .int32(7), "double": .double(0.25), "yes": true,
            "text": "grüße", "bytes": "abc", "at": .date(1_700_000_000_123), "any": .null, "inner": ["n": .int64(1)],
            "list": .array(members),
        ]
        #expect(writer.bytes == tree.encode())
    }

    @Test func `fields are read in their order, and what nobody reads is passed over`() throws {
        let tree: BSONDocument = [
            "skipped": ["a": [1, "two"]], "n": .int64(5), "m": .int32(6), "text": "x", "id": .objectID(id),
            "at": .date(9), "yes": true, "inner": ["share": .int64(3), "other": "y"], "ratio": .double(0.5), "last": 1,
        ]
        try tree.withFields { (fields: inout BSONFields) throws(BSONError) in
            var seen: [String] = []
            while try fields.next() {
                seen.append(fields.key)
                if fields.isNamed("n") { #expect(try fields.int64() == 5) }
                if fields.isNamed("m") { #expect(try fields.int64() == 6) }
                if fields.isNamed("text") { #expect(try fields.string() == "x") }
                if fields.isNamed("id") { #expect(try fields.objectID() == id) }
                if fields.isNamed("at") { #expect(try fields.date() == 9) }
                if fields.isNamed("yes") { #expect(try fields.bool()) }
                if fields.isNamed("ratio") { #expect(try fields.double() == 0.5) }
                if fields.isNamed("inner") {
                    var inner = try fields.inside()
                    #expect(try inner.next() && inner.isNamed("share"))
                    #expect(try inner.int64() == 3)
                }
            }
            #expect(seen == tree.keys)
        }
    }

    @Test func `a field of another type says so`() {
        let tree: BSONDocument = ["n": "five"]
        #expect(throws: BSONError.wrongType("n", expected: "long", found: .string)) {
            try tree.withFields { (fields: inout BSONFields) throws(BSONError) in
                _ = try fields.next()
                _ = try fields.int64()
            }
        }
    }

    @Test func `an id is read from digits as from text`() {
        let digits = Array(id.hex.utf8)
        #expect(ObjectID(hexDigits: digits[...]) == id)
        #expect(ObjectID(hexDigits: digits.dropLast()) == nil)
        #expect(ObjectID(hexDigits: Array("zz".utf8 + digits.dropFirst(2))[...]) == nil)
    }
}
