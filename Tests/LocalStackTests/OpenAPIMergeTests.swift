import JSON
import Testing

@testable import LocalStackSupervisor

@Suite struct OpenAPIMergeTests {
    @Test func `paths and schemas of all services are there, and a path may be shared by method`() throws {
        var merge = OpenAPIMerge()
        merge.add([
            "openapi": "3.1.0", "paths": ["/v1/a": ["get": ["operationId": "readA"]]],
            "components": ["schemas": ["Problem": ["type": "object"]]],
        ])
        merge.add([
            "openapi": "3.1.0", "paths": ["/v1/a": ["put": ["operationId": "writeA"]], "/v1/b": ["get": [:]]],
            "components": ["schemas": ["Problem": ["type": "string"], "B": ["type": "object"]]],
        ])
        let merged = merge.document(server: "http://127.0.0.1:8080")
        #expect(merged["paths"]?["/v1/a"]?["get"]?["operationId"] == "readA")
        #expect(merged["paths"]?["/v1/a"]?["put"]?["operationId"] == "writeA")
        #expect(merged["paths"]?["/v1/b"] != nil)
        #expect(merged["components"]?["schemas"]?["Problem"]?["type"] == "object")
        #expect(merged["components"]?["schemas"]?["B"] != nil)
        #expect(merged["servers"]?[0]?["url"] == "http://127.0.0.1:8080")
    }
}

@Suite struct ParallelTests {
    @Test func `results keep the order of the items`() throws {
        #expect(try Parallel.map(Array(0..<200), width: 16) { $0 * 2 } == (0..<200).map { $0 * 2 })
    }

    @Test func `the first error is thrown after all have ended`() {
        #expect(throws: StackError("seven")) {
            try Parallel.map(Array(0..<20), width: 4) { if $0 == 7 { throw StackError("seven") } }
        }
    }
}

@Suite struct PictureAddressTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080/media/a/b.webp?s=1/2", "/media/a/b.webp?s=1/2"), ("/media/x.png", "/media/x.png"),
    ])
    func `the path of a picture is taken from its address`(_ address: String, _ path: String) {
        #expect(LoopPlayer.path(of: address) == path)
    }
}
