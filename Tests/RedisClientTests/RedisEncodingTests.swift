import Testing

@testable import RedisClient

@Suite struct RedisEncodingTests {
    @Test func `a command is an array of bulk strings`() {
        let command: RedisCommand = ["SET", .key(RedisKey("a", "b")), .integer(-120), .bytes([0, 13, 10])]
        #expect(
            String(decoding: command.bytes, as: UTF8.self)
                == "*4\r\n$3\r\nSET\r\n$3\r\na:b\r\n$4\r\n-120\r\n$3\r\n\0\r\n\r\n")
    }

    @Test func `an entry gives its fields back, by name and in their order`() {
        let fields: [(name: String, value: [UInt8])] = [
            ("type", Array("VoteCast".utf8)), ("", [1]), ("data", []), ("at", Array("1700000000123".utf8)),
            ("type", [0, 255]), ("word", Array("12a".utf8)),
        ]
        let entry = RedisStreamEntry(id: RedisStreamID(milliseconds: 5, sequence: 18), fields: fields)
        #expect(entry.fields.elementsEqual(fields) { $0 == $1 })
        #expect(entry.text("type") == "VoteCast" && entry.has("type", "VoteCast") && !entry.has("type", "VoteCas"))
        #expect(entry["data"] == [] && entry["none"] == nil && entry[""] == [1])
        #expect(entry.integer("at") == 1_700_000_000_123 && entry.integer("word") == nil)
        #expect(entry.id.description == "5-18" && RedisStreamID(entry.id.description) == entry.id)
        let read = RedisStreamEntry(
            .array([
                .string(Array("5-18".utf8)),
                .array(fields.flatMap { [.string(Array($0.name.utf8)), .string($0.value)] }),
            ]))
        #expect(read == entry)
    }

    @Test func `a command with many ids is what it is with arguments`() {
        let ids = [
            RedisStreamID(milliseconds: 5, sequence: 0), RedisStreamID(milliseconds: 1_700_000_000_123, sequence: 77),
        ]
        let command = RedisCommand(["XACK", .key(RedisKey("{u01}", "s")), "g"], ids: ids, ["JUSTID"])
        let plain: RedisCommand = ["XACK", .key(RedisKey("{u01}", "s")), "g", "5-0", "1700000000123-77", "JUSTID"]
        #expect(command.bytes == plain.bytes && command.slot == plain.slot)
    }

    @Test(arguments: [
        (0, "0"), (9, "9"), (10, "10"), (Int64.max, "9223372036854775807"), (Int64.min, "-9223372036854775808"),
    ])
    func `numbers are written in full`(number: Int64, text: String) {
        var bytes: [UInt8] = []
        RESP.appendNumber(number, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test(arguments: [
        ("foo", 12182), ("bar", 5061), ("{user1000}.following", 3443), ("{user1000}.followers", 3443),
        ("foo{}{bar}", 8363), ("123456789", 12739),
    ]) func `slots are those of Redis`(key: String, slot: Int) {
        #expect(RedisKey(key).slot == UInt16(slot))
    }

    @Test func `a call that is written piece by piece is the same bytes`() {
        let script = RedisScript("return 1")
        let digits: (UInt64, UInt64, UInt64) = (0x3031_3233_3435_3637, 0x3839_6162_6364_6566, 0x3030_3131_3232_3333)
        let long = String(repeating: "x", count: 1000)
        let call = script.command(keys: 2, arguments: 5, capacity: 64) { call in
            call.argument {
                $0.append("{u07}")
                $0.append(":of:")
                $0.append(words: digits)
            }
            call.argument("foo" as StaticString)
            call.argument("")
            call.argument(Int64.min)
            call.argument(long)
            call.argument([1, 2, 255])
            call.argument(0)
        }
        let same = script.command(
            keys: [RedisKey("{u07}", "of", "0123456789abcdef00112233"), RedisKey("foo")],
            arguments: ["", .integer(.min), .text(long), .bytes([1, 2, 255]), 0])
        #expect(call.bytes == same.bytes && call.slot == same.slot)
        #expect(call.words.count == 10 && call.words[7] == Array(long.utf8) && call.words[9] == [0x30])
        let loading = script.loadingCommand(call)
        #expect(loading.words[0] == Array("EVAL".utf8) && loading.words[1] == script.source)
        #expect(loading.words[2...] == call.words[2...] && loading.slot == call.slot)
    }

    @Test(
        arguments: [
            ("12-3", 12, 3), ("12", 12, 0), ("18446744073709551615-0", UInt64.max, 0),
        ] as [(String, UInt64, UInt64)]) func `stream ids are read`(
            text: String, milliseconds: UInt64, sequence: UInt64
        )
    {
        #expect(RedisStreamID(text) == RedisStreamID(milliseconds: milliseconds, sequence: sequence))
    }

    @Test(arguments: ["", "-", "1-", "-1", "a-1", "1-18446744073709551616", "99999999999999999999-0"])
    func `what is no stream id is refused`(text: String) { #expect(RedisStreamID(text) == nil) }

    @Test func `the slot comes from the first key wherever the command has it`() {
        let script = RedisScript("return 1")
        #expect(script.command(keys: [RedisKey("foo")], arguments: ["x"]).slot == 12182)
        #expect((["XREADGROUP", "GROUP", "g", "c", "STREAMS", "foo", ">"] as RedisCommand).slot == 12182)
        #expect((["XGROUP", "CREATE", "foo", "g", "$"] as RedisCommand).slot == 12182)
        #expect((["GET", "foo"] as RedisCommand).slot == 12182)
        #expect((["PING"] as RedisCommand).slot == nil)
        #expect((["EVAL", "return 1", "0"] as RedisCommand).slot == nil)
    }

    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"), ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (String(repeating: "a", count: 64), "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
    ]) func `script digests are SHA-1`(text: String, digest: String) {
        #expect(SHA1.hex(Array(text.utf8)) == digest)
    }

    @Test func `redirections are understood`() throws {
        let moved = try #require(RedisRedirection(RedisServerError("MOVED 3999 127.0.0.1:6381")))
        #expect(moved.isPermanent && moved.slot == 3999 && moved.address == RedisAddress(host: "127.0.0.1", port: 6381))
        #expect(RedisRedirection(RedisServerError("ASK 3999 ::1:6381"))?.isPermanent == false)
        #expect(RedisRedirection(RedisServerError("ERR no")) == nil)
    }

    @Test func `URLs are read, and their passwords not repeated`() throws {
        let url = try RedisURL("redis://circle:p%40ss@redis.internal:6380/3")
        #expect(url.addresses == [RedisAddress(host: "redis.internal", port: 6380)])
        #expect(url.user == "circle" && url.password == "p@ss" && url.database == 3 && !url.isCluster)
        #expect(url.description == "redis://***@redis.internal:6380/3")
        #expect(try RedisURL("redis+cluster://a:1,b:2,[::1]:3").addresses.map(\.port) == [1, 2, 3])
        #expect(try RedisURL("redis://localhost").addresses == [RedisAddress(host: "localhost", port: 6379)])
    }

    @Test(arguments: ["", "http://x", "redis://", "redis://h:x", "redis://h:1/a", "redis://a:1,b:2", "redis://p@h"])
    func `what is no URL is refused`(text: String) {
        #expect(throws: RedisError.self) { try RedisURL(text) }
    }

    @Test func `stream ids are ordered by both numbers`() throws {
        let ids = ["0-1", "1-0", "1-10", "1-9", "12-0"].compactMap(RedisStreamID.init)
        #expect(ids.sorted().map(\.description) == ["0-1", "1-0", "1-9", "1-10", "12-0"])
        #expect(RedisStreamID("5-0")?.predecessor.description == "4-\(UInt64.max)")
    }
}
