/// The secrets of a local stack: made once, at random, and readable by their owner only.
package struct Secrets: Sendable {
    let folder: String

    package init(folder: String) {
        self.folder = folder
    }

    /// Returns a secret of 64 hexadecimal digits, creating it at its first use.
    package func value(_ name: String) throws -> String {
        let path = "\(folder)/\(name)"
        if let text = Files.text(path), text.utf8.count == 64 { return text }
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let text = bytes.map { byte in
            let digits = Array("0123456789abcdef")
            return "\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
        }.joined()
        try Files.write(text, to: path, mode: 0o600)
        return text
    }
}
