import Domain
import Events
import JSON
import Testing

@testable import NotificationsService

@Suite struct ClientMessageTests {
    private let post = "65a1b2c3d4e5f60718293a4b"

    @Test func `the four operations are understood`() {
        #expect(ClientMessage(#"{"op":"ping"}"#) == .ping)
        #expect(ClientMessage(#"{"op":"auth","token":"t"}"#) == .authenticate(token: "t"))
        #expect(ClientMessage(#"{"op":"subscribe","posts":["\#(post)"]}"#) == .subscribe([PostID(hex: post)!]))
        #expect(ClientMessage(#"{"op":"unsubscribe","posts":[]}"#) == .unsubscribe([]))
    }

    @Test(arguments: [
        "", "ping", "{}", #"{"op":"dance"}"#, #"{"op":"subscribe"}"#, #"{"op":"subscribe","posts":["x"]}"#,
        #"{"op":"auth"}"#,
    ])
    func `anything else is no message`(text: String) {
        #expect(ClientMessage(text) == nil)
    }
}

@Suite struct FrameTests {
    @Test func `a published frame is read with spaces in its data`() throws {
        let parsed = try #require(
            Frame.parse(Array(#"abc 1-0 notification 2026-11-21T09:00:00.000Z {"a":"b c"}"#.utf8)))
        #expect(parsed.person == "abc")
        let json = try JSONParser.parse(parsed.frame.text)
        #expect(json["type"]?.string == "notification")
        #expect(json["id"]?.string == "1-0")
        #expect(json["data"]?["a"]?.string == "b c")
    }

    @Test func `what is cut short is no frame`() {
        #expect(Frame.parse(Array("abc 1-0 notification".utf8)) == nil)
    }
}

@Suite struct NoticeTests {
    @Test func `the same event makes the same notification, another one another`() {
        let transaction = TransactionID.new()
        func earned(_ id: TransactionID, source: String = "votes") -> GemsEarned {
            GemsEarned(
                transactionID: id, userID: .new(), seq: 1, source: source, amount: 1, balance: 3, multiplier: 1,
                referenceID: nil, description: "10 votes", at: Instant(milliseconds: 0))
        }
        #expect(Notice(earned(transaction))?.once == Notice(earned(transaction))?.once)
        #expect(Notice(earned(transaction))?.once != Notice(earned(.new()))?.once)
        #expect(Notice(earned(transaction, source: "hold_void")) == nil)
    }
}
