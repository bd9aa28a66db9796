import Synchronization
import Testing

@testable import Telemetry

@Suite struct LoggerTests {
    private final class Lines: Sendable {
        let text = Mutex("")
        func sink() -> LogSink {
            LogSink { [self] bytes in text.withLock { $0 += String(decoding: bytes, as: UTF8.self) } }
        }
        var all: [String] { text.withLock { $0.split(separator: "\n").map(String.init) } }
    }

    @Test func `a line is one JSON object with sorted metadata`() {
        let lines = Lines()
        let log = Logger(label: "gems.settlement", level: .info, sink: lines.sink()).with("request_id", "r1")
        log.info("gem settled", ["user": "a\"b\\\n\u{1}", "amount": "3"])
        let line = lines.all[0]
        #expect(line.hasPrefix(#"{"ts":"20"#))
        #expect(
            line.hasSuffix(
                #""msg":"gem settled","component":"gems.settlement","request_id":"r1","amount":"3","user":"a\"b\\\n\u0001"}"#
            ))
    }

    @Test func `lines below the level are not written`() {
        let lines = Lines()
        let log = Logger(label: "x", level: .warning, sink: lines.sink())
        log.info("quiet")
        log.warning("loud")
        #expect(lines.all.count == 1)
        #expect(lines.all[0].contains(#""level":"warning""#))
    }

    @Test(arguments: ["password", "refreshToken", "KEY_ENCRYPTION_SECRET", "Authorization", "token"])
    func `the value of a secret field is starred out`(key: String) {
        let lines = Lines()
        Logger(label: "x", level: .info, sink: lines.sink()).info("m", [key: "hunter2"])
        #expect(!lines.all[0].contains("hunter2"))
        #expect(lines.all[0].contains("***"))
    }

    @Test func `a long value is cut between characters`() {
        let lines = Lines()
        Logger(label: "x", level: .info, sink: lines.sink()).info("m", ["k": String(repeating: "é", count: 5000)])
        #expect(lines.all[0].hasSuffix("é…\"}"))
        #expect(lines.all[0].utf8.count < 4400)
    }

    @Test func `a metadata key overrides the logger's own field`() {
        let lines = Lines()
        Logger(label: "x", level: .info, sink: lines.sink()).with("a", "1").info("m", ["a": "2"])
        #expect(lines.all[0].hasSuffix(#""a":"2"}"#))
        #expect(!lines.all[0].contains(#""a":"1""#))
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"), (1_795_252_980_123, "2026-11-21T09:23:00.123Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
    ])
    func `timestamps are RFC 3339 with milliseconds`(milliseconds: Int64, text: String) {
        var bytes: [UInt8] = []
        WallClock.appendTimestamp(milliseconds: milliseconds, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }
}
