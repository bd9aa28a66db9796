import JSON
import Testing

@Suite struct JSONWriterTests {
    private func text(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func `members and elements are separated, also around nested ones`() {
        let written = text {
            $0.object {
                $0.field("a", 1)
                $0.object("b") { $0.field("c", "d") }
                $0.array("e") {
                    $0.value(1)
                    $0.array { _ in }
                    $0.object { _ in }
                    $0.value("x")
                }
                $0.field("f", nil as String?)
                $0.fieldIfPresent("g", nil as String?)
                $0.rawField("h", Array("[1]".utf8))
                $0.field("i", true)
            }
        }
        #expect(written == #"{"a":1,"b":{"c":"d"},"e":[1,[],{},"x"],"f":null,"h":[1],"i":true}"#)
    }

    @Test(arguments: [
        ("plain", #""plain""#), ("a\"b\\c", #""a\"b\\c""#), ("\u{1}\u{1f}", #""\u0001\u001f""#), ("é", #""é""#),
    ])
    func `strings are escaped where they must be`(string: String, json: String) {
        #expect(text { $0.value(string) } == json)
    }

    @Test(arguments: [(Int64.min, "-9223372036854775808"), (0, "0"), (-7, "-7"), (1_234_567_890, "1234567890")])
    func `integers are exact`(number: Int64, json: String) {
        #expect(text { $0.value(number) } == json)
    }

    @Test func `doubles stay readable and what JSON lacks is null`() {
        #expect(text { $0.value(0.1) } == "0.1")
        #expect(text { $0.value(Double.nan) } == "null")
        #expect(text { $0.value(Double.infinity) } == "null")
    }
}
