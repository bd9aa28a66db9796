import JSON
import Testing

@Suite struct PlainMembersTests {
    @Test func `plain members are read as the parser reads them`() {
        let bytes = Array(#"{"a":"text","n":1700000000123,"yes":true,"no":false,"zero":0}"#.utf8)
        var members = PlainMembers(bytes[...])
        #expect(members.next() && members.isNamed("a") && members.string == "text" && members.int64 == nil)
        #expect(members.next() && members.isNamed("n") && members.int64 == 1_700_000_000_123 && members.text == nil)
        #expect(members.next() && !members.isNamed("ye") && members.bool == true)
        #expect(members.next() && members.bool == false)
        #expect(members.next() && members.int64 == 0)
        #expect(!members.next() && members.isWhole)
    }

    @Test(arguments: [
        "", "{", "{}", #"{"a"}"#, #"{"a":1"#, #"{"a":1}x"#, #"{"a":1,}"#, #"{"a": 1}"#, #"{"a":1.5}"#, #"{"a":-1}"#,
        #"{"a":01}"#, #"{"a":"\n"}"#, #"{"a":"ü"}"#, #"{"a":[1]}"#, #"{"a":{}}"#, #"{"a":null}"#, #"{"a":tru}"#,
        #"{"a":1234567890123456789}"#, "{\"a\":\"\u{1}\"}", "[1]",
    ])
    func `what is not plain is left to the parser`(text: String) {
        var members = PlainMembers(Array(text.utf8)[...])
        while members.next() {}
        #expect(!members.isWhole)
    }
}
