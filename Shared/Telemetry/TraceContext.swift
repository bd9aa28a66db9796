import Synchronization

/// Where a piece of work stands in a distributed trace: W3C Trace Context, carried as `traceparent`.
package struct TraceContext: Sendable, Hashable {
    package let traceHigh: UInt64
    package let traceLow: UInt64
    package let span: UInt64
    package let isSampled: Bool

    /// The trace of the work that the current task does, for code too deep to be handed it.
    @TaskLocal package static var current: TraceContext?

    package init(traceHigh: UInt64, traceLow: UInt64, span: UInt64, isSampled: Bool) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.span = span
        self.isSampled = isSampled
    }

    /// Starts a trace of its own.
    package static func generate(sampled: Bool = false) -> TraceContext {
        TraceContext(
            traceHigh: TraceIdentifiers.next(), traceLow: TraceIdentifiers.next(), span: TraceIdentifiers.next(),
            isSampled: sampled)
    }

    /// A new span below this one.
    package func child() -> TraceContext {
        TraceContext(traceHigh: traceHigh, traceLow: traceLow, span: TraceIdentifiers.next(), isSampled: isSampled)
    }

    /// Reads a header; nil for anything that the specification calls invalid, so that a new trace is started instead.
    package init?(traceparent: String) {
        let bytes = Array(traceparent.utf8)
        guard bytes.count >= 55, bytes[2] == 0x2D, bytes[35] == 0x2D, bytes[52] == 0x2D,
            let version = Self.hex(bytes[0..<2]), version != 0xFF, bytes.count == 55 || version > 0,
            bytes.count == 55 || bytes[55] == 0x2D,
            let high = Self.hex(bytes[3..<19]), let low = Self.hex(bytes[19..<35]),
            let span = Self.hex(bytes[36..<52]), let flags = Self.hex(bytes[53..<55]),
            high | low != 0, span != 0
        else { return nil }
        self.init(traceHigh: high, traceLow: low, span: span, isSampled: flags & 1 == 1)
    }

    package var traceparent: String {
        String(unsafeUninitializedCapacity: 55) { text in
            text[0] = 0x30
            text[1] = 0x30
            text[2] = 0x2D
            Self.write(traceHigh, to: text, at: 3)
            Self.write(traceLow, to: text, at: 19)
            text[35] = 0x2D
            Self.write(span, to: text, at: 36)
            text[52] = 0x2D
            text[53] = 0x30
            text[54] = isSampled ? 0x31 : 0x30
            return 55
        }
    }

    /// 16 hexadecimal digits, from `start` on.
    private static func write(_ number: UInt64, to text: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
        for index in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * index) & 15)
            text[start + index] = digit < 10 ? 0x30 + digit : 0x57 + digit
        }
    }

    /// 32 hexadecimal digits.
    package var traceID: String {
        var bytes: [UInt8] = []
        Self.appendHex(traceHigh, to: &bytes)
        Self.appendHex(traceLow, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// 16 hexadecimal digits.
    package var spanID: String { Self.hexString(span) }

    static func hexString(_ number: UInt64) -> String {
        var bytes: [UInt8] = []
        appendHex(number, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func appendHex(_ number: UInt64, to bytes: inout [UInt8]) {
        var shift: UInt64 = 64
        while shift > 0 {
            shift -= 4
            let digit = UInt8(truncatingIfNeeded: number >> shift & 15)
            bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
    }

    /// Lower case only, as the specification demands.
    private static func hex(_ bytes: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for byte in bytes {
            switch byte {
            case 0x30...0x39: number = number << 4 | UInt64(byte - 0x30)
            case 0x61...0x66: number = number << 4 | UInt64(byte - 0x57)
            default: return nil
            }
        }
        return number
    }
}

/// Ids for traces, spans and requests: unique, not secret, and without a system call each.
package enum TraceIdentifiers {
    private static let seed = SystemRandomNumberGenerator.seed()
    private static let counter = Atomic<UInt64>(0)

    /// A number that is not 0 and that no other call of this process gets (SplitMix64 over a counter).
    package static func next() -> UInt64 {
        let step = counter.add(1, ordering: .relaxed).newValue
        var mixed = seed &+ step &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return mixed == 0 ? 1 : mixed
    }

    /// An id for a request that came without one: 16 hexadecimal digits.
    package static func requestID() -> String { TraceContext.hexString(next()) }
}

extension SystemRandomNumberGenerator {
    fileprivate static func seed() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
