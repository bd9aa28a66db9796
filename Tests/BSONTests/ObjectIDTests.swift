import Testing

@testable import BSON

struct ObjectIDTests {
    @Test func `hexadecimal text survives a round trip in lower case`() throws {
        let id = try #require(ObjectID(hex: "65aF00112233445566778899"))
        #expect(id.hex == "65af00112233445566778899")
        #expect(id.timestamp == 0x65af_0011)
        #expect(ObjectID(bytes: id.bytes) == id)
        #expect(id.bytes.count == 12 && id.bytes[0] == 0x65 && id.bytes[11] == 0x99)
    }

    @Test(arguments: ["", "65af", "65af0011223344556677889", "65af001122334455667788990", "65af0011223344556677889g"])
    func `other text is no id`(text: String) {
        #expect(ObjectID(hex: text) == nil)
    }

    @Test func `new ids are distinct and carry the time`() {
        let ids = (0..<10_000).map { _ in ObjectID() }
        #expect(Set(ids).count == ids.count)
        #expect(ids[0].timestamp > 1_600_000_000)
    }

    @Test func `order is the order of the bytes`() throws {
        let a = try #require(ObjectID(hex: "00000000ffffffffffffffff"))
        let b = try #require(ObjectID(hex: "010000000000000000000000"))
        let c = try #require(ObjectID(hex: "010000000000000000000001"))
        #expect(a < b && b < c && !(c < b))
        #expect(ObjectID.lowest(ofSecond: 0x0100_0000) == b)
    }
}
