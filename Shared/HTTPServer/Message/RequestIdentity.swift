import Telemetry

/// What a request is called in logs and answers: the client's `X-Request-Id` where it is one to be trusted in a log, else a
/// number of ours, which becomes text only where somebody reads it.
enum RequestIdentity: Sendable {
    case own(UInt64)
    case clients(String)

    /// - Parameter header: the client's.
    init(_ header: String?) {
        if let header, Self.isPlain(header) {
            self = .clients(header)
        } else {
            self = .own(TraceIdentifiers.next())
        }
    }

    /// Of ours 16 hexadecimal digits, written where they will stay.
    var text: String {
        switch self {
        case .clients(let text): return text
        case .own(let number):
            return String(unsafeUninitializedCapacity: 16) { digits in
                for index in 0..<16 { digits[index] = Self.digit(index, of: number) }
                return 16
            }
        }
    }

    /// - Parameter index: 0 for the highest of the 16 digits.
    static func digit(_ index: Int, of number: UInt64) -> UInt8 {
        let digit = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * index) & 15)
        return digit < 10 ? 0x30 + digit : 0x57 + digit
    }

    private static func isPlain(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                byte | 0x20 &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x2D || byte == 0x5F || byte == 0x2E
            }
    }
}
