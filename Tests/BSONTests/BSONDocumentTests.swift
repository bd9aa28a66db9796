import Testing

@testable import BSON

struct BSONDocumentTests {
    static let everyType: BSONDocument = [
        "double": .double(-0.1), "string": "grüße\u{0}!", "document": ["a": 1, "b": ["c": nil]],
        "array": [1, "two", [3.5, [:]]], "binary": .binary(BSONBinary(subtype: 4, bytes: Array(0..<16))),
        "old": .binary(BSONBinary(subtype: 2, bytes: [1, 0, 0, 0, 7])), "undefined": .undefined,
        "id": .objectID(ObjectID(high: 0x65af_0011_2233_4455, low: 0x6677_8899)), "yes": true, "no": false,
        "date": .date(-1), "null": nil, "regex": .regex(pattern: "^a.b$", options: "im"),
        "pointer": .dbPointer(namespace: "db.c", id: ObjectID(high: 1, low: 2)), "code": .javascript("f()"),
        "symbol": .symbol("s"), "scoped": .javascriptWithScope(code: "g()", scope: ["x": 1]),
        "int32": .int32(.min), "timestamp": .timestamp(BSONTimestamp(seconds: 5, increment: 6)),
        "int64": .int64(.max), "decimal": .decimal128(BSONDecimal128(high: 0x3040_0000_0000_0000, low: 1)),
        "min": .minKey, "max": .maxKey,
    ]

    @Test func `every type survives a round trip`() throws {
        let bytes = Self.everyType.encode()
        let parsed = try BSONDocument(bytes: bytes)
        #expect(parsed == Self.everyType)
        #expect(parsed.hashValue == Self.everyType.hashValue)
        #expect(parsed.encode() == bytes)
        #expect(Set(parsed.map(\.value.type)).count == BSONType.allCases.count)
    }

    @Test func `bytes are those of the specification`() {
        #expect(
            (["hello": "world"] as BSONDocument).encode() == Array("\u{16}\0\0\0\u{2}hello\0\u{6}\0\0\0world\0\0".utf8))
        #expect(BSONDocument().encode() == [5, 0, 0, 0, 0])
        let awesome: BSONDocument = ["BSON": ["awesome", 5.05, 1986]]
        #expect(awesome.encode().count == 0x31)
    }

    @Test func `every truncation and every wrong length is refused`() {
        let bytes = Self.everyType.encode()
        for count in 0..<bytes.count {
            #expect(throws: BSONError.self) { try BSONDocument(bytes: Array(bytes[..<count])) }
        }
        #expect(throws: BSONError.self) { try BSONDocument(bytes: bytes + [0]) }
    }

    @Test func `of a document only the wanted fields are kept, in their order`() throws {
        let bytes = Self.everyType.encode()
        for element in Self.everyType {
            #expect(
                try BSONDocument(bytes: bytes, keeping: BSONFieldNames([element.key]))
                    == BSONDocument(elements: [element]))
        }
        let some = try BSONDocument(
            bytes: bytes, keeping: BSONFieldNames(["yes", "array", "nothing"]), and: .timestamp)
        #expect(some.keys == ["array", "yes", "timestamp"])
    }

    @Test func `what is malformed is found in fields that are not kept, too`() {
        let bytes = Self.everyType.encode()
        let none = BSONFieldNames([])
        for index in bytes.indices {
            for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
                var damaged = bytes
                damaged[index] = value
                let isWhole = (try? BSONDocument(bytes: damaged)) != nil
                #expect((try? BSONDocument(bytes: damaged, keeping: none)) == (isWhole ? [:] : nil))
            }
        }
    }

    @Test func `no flipped byte makes the parser read outside or loop`() {
        let bytes = Self.everyType.encode()
        for index in bytes.indices {
            for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
                var damaged = bytes
                damaged[index] = value
                if let document = try? BSONDocument(bytes: damaged) {
                    #expect((try? BSONDocument(bytes: document.encode())) == document)
                }
            }
        }
    }

    @Test(
        arguments: [
            [13, 0, 0, 0, 2, 97, 0, 2, 0, 0, 0, 0xFF, 0, 0],  // not UTF-8
            [9, 0, 0, 0, 8, 97, 0, 2, 0],  // bool 2
            [8, 0, 0, 0, 0x20, 97, 0, 0],  // type 0x20
            [4, 0, 0, 0], [5, 0, 0, 0, 1], [0xFF, 0xFF, 0xFF, 0xFF, 0],
        ] as [[UInt8]])
    func `what breaks the format is refused`(bytes: [UInt8]) {
        #expect(throws: BSONError.self) { try BSONDocument(bytes: bytes) }
    }

    @Test func `nesting stops at the limit`() throws {
        func nested(_ levels: Int) -> BSONDocument {
            var document: BSONDocument = [:]
            for _ in 1..<levels { document = ["a": .document(document)] }
            return document
        }
        #expect(try BSONDocument(bytes: nested(200).encode()) == nested(200))
        #expect(throws: BSONError.tooDeep) { try BSONDocument(bytes: nested(201).encode()) }
    }

    @Test func `several documents are read one after the other`() throws {
        let first: BSONDocument = ["n": 1]
        let second: BSONDocument = ["n": 2]
        let bytes = first.encode() + second.encode()
        var offset = 0
        #expect(try BSONDocument.parse(bytes, at: &offset) == first)
        #expect(try BSONDocument.parse(bytes, at: &offset) == second)
        #expect(offset == bytes.count)
        #expect(try BSONDocument(bytes: bytes[offset / 2..<offset]) == second)
    }

    @Test func `fields keep their order when set`() {
        var document: BSONDocument = ["a": 1, "b": 2]
        document["a"] = 3
        document["c"] = 4
        document["b"] = nil
        #expect(document == ["a": 3, "c": 4])
        #expect(document.keys == ["a", "c"])
    }

    @Test func `typed getters convert numbers without loss and nothing else`() {
        let document: BSONDocument = ["i": 7, "l": .int64(1 << 40), "d": 3.0, "x": 3.5, "s": "text"]
        #expect(document.int64("i") == 7 && document.int64("d") == 3 && document.int64("x") == nil)
        #expect(document.int32("l") == nil && document.double("i") == 7)
        #expect(document.string("i") == nil && document.int64("missing") == nil)
        #expect(throws: BSONError.missing("m")) { try document.requireString("m") }
        #expect(throws: BSONError.wrongType("s", expected: "long", found: .string)) { try document.requireInt64("s") }
    }

    @Test func `equality looks at type and bytes`() {
        #expect(BSONValue.int32(1) != .int64(1))
        #expect(BSONValue.double(.nan) == .double(.nan))
        #expect(BSONValue.double(0) != .double(-0.0))
        #expect(BSONValue.string("\u{E9}") != .string("e\u{301}"))
        #expect((["a": 1, "b": 2] as BSONDocument) != ["b": 2, "a": 1])
    }

    @Test func `a key with a NUL cannot smuggle in a field`() throws {
        let document: BSONDocument = ["a\u{0}\u{8}b": true]
        #expect(try BSONDocument(bytes: document.encode()).keys == ["a\u{FFFD}\u{8}b"])
    }

    @Test func `the writer streams the bytes that encoding gives`() {
        var writer = BSONWriter()
        let start = writer.beginDocument()
        writer.append("n", .int32(1))
        writer.append("raw", rawDocument: (["x": "y"] as BSONDocument).encode())
        let list = writer.beginArray("list")
        for index in 0..<12 { writer.append(index: index, .int32(Int32(index))) }
        writer.endDocument(list)
        writer.endDocument(start)
        let list2 = BSONValue.array((0..<12).map { .int32($0) })
        #expect(writer.bytes == (["n": 1, "raw": ["x": "y"], "list": list2] as BSONDocument).encode())
    }
}
