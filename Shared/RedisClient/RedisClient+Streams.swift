/// `milliseconds-sequence`, ordered as Redis orders them.
package struct RedisStreamID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let milliseconds: UInt64
    package let sequence: UInt64

    package static let zero = RedisStreamID(milliseconds: 0, sequence: 0)

    package init(milliseconds: UInt64, sequence: UInt64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    package init?(_ text: some StringProtocol) { self.init(Array(text.utf8)[...]) }

    /// `MILLISECONDS-SEQUENCE` as Redis writes it; nil for anything else.
    init?(_ text: UnsafeBufferPointer<UInt8>) {
        guard let dash = text.firstIndex(of: UInt8(ascii: "-")), let milliseconds = Self.number(text[..<dash]),
            let sequence = Self.number(text[(dash + 1)...])
        else { return nil }
        self.init(milliseconds: milliseconds, sequence: sequence)
    }

    private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        guard let first = digits.first, first != 48 || digits.count == 1 else { return nil }
        var number: UInt64 = 0
        for digit in digits {
            let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(digit &- 48))
            guard digit &- 48 <= 9, !overflow, !carry else { return nil }
            number = sum
        }
        return number
    }

    /// `MILLISECONDS-SEQUENCE`, or the first of them alone.
    package init?(_ bytes: ArraySlice<UInt8>) {
        let dash = bytes.firstIndex(of: UInt8(ascii: "-"))
        guard let milliseconds = Self.number(bytes[..<(dash ?? bytes.endIndex)]) else { return nil }
        guard let dash else {
            self.init(milliseconds: milliseconds, sequence: 0)
            return
        }
        guard let sequence = Self.number(bytes[(dash + 1)...]) else { return nil }
        self.init(milliseconds: milliseconds, sequence: sequence)
    }

    package var description: String {
        // At most twice the twenty digits of a word, and the dash.
        String(unsafeUninitializedCapacity: 41) { text in
            let first = RESP.write(milliseconds, to: text)
            text[first] = UInt8(ascii: "-")
            return first + 1 + RESP.write(sequence, to: UnsafeMutableBufferPointer(rebasing: text[(first + 1)...]))
        }
    }

    /// The text's bytes, for commands that name hundreds.
    package var utf8: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        append(to: &bytes)
        return bytes
    }

    func append(to bytes: inout [UInt8]) {
        RESP.appendNumber(milliseconds, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        RESP.appendNumber(sequence, to: &bytes)
    }

    /// Nil for what is no number of 64 bits.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard !digits.isEmpty else { return nil }
        var number: UInt64 = 0
        for digit in digits {
            let value = digit &- UInt8(ascii: "0")
            let (tens, hasOverflown) = number.multipliedReportingOverflow(by: 10)
            let (sum, isTooLarge) = tens.addingReportingOverflow(UInt64(value))
            guard value < 10, !hasOverflown, !isTooLarge else { return nil }
            number = sum
        }
        return number
    }

    /// The id that comes directly before, for reading from an entry on, inclusively.
    package var predecessor: RedisStreamID {
        if sequence > 0 { return RedisStreamID(milliseconds: milliseconds, sequence: sequence - 1) }
        if milliseconds > 0 { return RedisStreamID(milliseconds: milliseconds - 1, sequence: .max) }
        return .zero
    }

    package static func < (one: RedisStreamID, other: RedisStreamID) -> Bool {
        (one.milliseconds, one.sequence) < (other.milliseconds, other.sequence)
    }
}

extension RedisClient {
    @discardableResult
    package func xadd(
        _ key: RedisKey, _ fields: [(name: String, value: RedisArgument)]
    ) async throws(RedisError) -> RedisStreamID {
        let reply = try await send(["XADD", .key(key), "*"] + fields.flatMap { [.text($0.name), $0.value] })
        guard let id = reply.text.flatMap(RedisStreamID.init) else { throw .unexpectedReply(reply) }
        return id
    }

    /// Creates the stream and the group where they are missing.
    ///
    /// - Parameter start: `0` for everything that is in the stream, `$` for what comes from now on.
    /// - Returns: whether the group is new.
    @discardableResult
    package func xgroupCreate(_ key: RedisKey, _ group: String, from start: String) async throws(RedisError) -> Bool {
        do throws(RedisError) {
            try await send(["XGROUP", "CREATE", .key(key), .text(group), .text(start), "MKSTREAM"])
            return true
        } catch {
            guard case .server(let refusal) = error, refusal.code == "BUSYGROUP" else { throw error }
            return false
        }
    }

    @discardableResult
    package func xack(_ key: RedisKey, _ group: String, _ ids: [RedisStreamID]) async throws(RedisError) -> Int {
        guard !ids.isEmpty else { return 0 }
        let reply = try await send(["XACK", .key(key), .text(group)] + ids.map { .text($0.description) })
        return Int(try reply.requireInteger())
    }

    /// Entries from `start` to `end`, inclusively; `-` and `+` are the ends of the stream.
    package func xrange(
        _ key: RedisKey, from start: String = "-", to end: String = "+", count: Int
    ) async throws(RedisError) -> [RedisStreamEntry] {
        let reply = try await send(
            ["XRANGE", .key(key), .text(start), .text(end), "COUNT", RedisArgument(count)])
        return try reply.requireStreamEntries()
    }

    package func xlen(_ key: RedisKey) async throws(RedisError) -> Int {
        Int(try await send(["XLEN", .key(key)]).requireInteger())
    }
}

extension RedisReply {
    package func requireStreamEntries() throws(RedisError) -> [RedisStreamEntry] {
        try requireArray().compactMap { RedisStreamEntry($0) }
    }

    /// What XREAD and XREADGROUP answer: the streams that have something, each with its entries.
    package func requireStreams() throws(RedisError) -> [(key: RedisKey, entries: [RedisStreamEntry])] {
        if isNull { return [] }
        var streams: [(key: RedisKey, entries: [RedisStreamEntry])] = []
        for stream in try requireArray() {
            guard let parts = stream.array, parts.count == 2, let name = parts[0].text else {
                throw .unexpectedReply(self)
            }
            streams.append((RedisKey(name), try parts[1].requireStreamEntries()))
        }
        return streams
    }
}
