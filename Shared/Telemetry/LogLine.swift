/// One line of the log as it is put together: a JSON object written straight into bytes.
package struct LogLine: ~Copyable {
    private var bytes: [UInt8]

    package init(level: LogLevel, service: String, message: String) {
        bytes = []
        bytes.reserveCapacity(320)
        bytes.append(contentsOf: #"{"ts":""#.utf8)
        WallClock.appendTimestamp(milliseconds: WallClock.milliseconds(), to: &bytes)
        bytes.append(contentsOf: #"","level":""#.utf8)
        bytes.append(contentsOf: level.name.utf8)
        bytes.append(contentsOf: #"","service":""#.utf8)
        Self.escape(service, into: &bytes)
        bytes.append(contentsOf: #"","msg":""#.utf8)
        Self.escape(message, into: &bytes)
        bytes.append(0x22)
    }

    /// Adds a field; the value of a key that names a secret is replaced by stars.
    package mutating func append(_ key: String, _ value: String) {
        appendKey(key)
        bytes.append(0x22)
        if Self.isSecret(key) {
            bytes.append(contentsOf: "***".utf8)
        } else {
            Self.escape(value, into: &bytes)
        }
        bytes.append(0x22)
    }

    package mutating func append(_ key: String, _ value: Int) {
        appendKey(key)
        bytes.append(contentsOf: String(value).utf8)
    }

    consuming func finished() -> [UInt8] {
        bytes.append(0x7D)
        bytes.append(0x0A)
        return bytes
    }

    private mutating func appendKey(_ key: String) {
        bytes.append(0x2C)
        bytes.append(0x22)
        Self.escape(key, into: &bytes)
        bytes.append(0x22)
        bytes.append(0x3A)
    }

    /// Whether a field's name says that its value must not be seen.
    private static func isSecret(_ key: String) -> Bool {
        guard key.utf8.count >= 5 else { return false }
        let folded = key.lowercased()
        return ["password", "secret", "authorization", "cookie", "refreshtoken", "accesstoken", "privatekey"]
            .contains { folded.contains($0) } || folded == "token"
    }

    /// Longer values are cut: one line of a log must not be able to fill a disk.
    private static let longestValue = 4096

    private static func escape(_ text: String, into bytes: inout [UInt8]) {
        let utf8 = text.utf8
        for (offset, byte) in utf8.enumerated() {
            // A cut falls only between characters, or the line would not be UTF-8.
            if offset >= longestValue, byte & 0xC0 != 0x80 {
                bytes.append(contentsOf: "…".utf8)
                return
            }
            switch byte {
            case 0x22: bytes.append(contentsOf: #"\""#.utf8)
            case 0x5C: bytes.append(contentsOf: #"\\"#.utf8)
            case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
            case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
            case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
            case 0..<0x20, 0x7F:
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(contentsOf: #"\u00"#.utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
    }
}
