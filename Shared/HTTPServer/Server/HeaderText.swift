import Glibc

/// A header's value of words and numbers, put together on the stack. What goes beyond its room is left out.
struct HeaderText: ~Copyable {
    private static let capacity = 96

    private let space: UnsafeMutableBufferPointer<CChar>
    private var end = 0

    private init(_ space: UnsafeMutableBufferPointer<CChar>) { self.space = space }

    /// Writes a value and hands it on, with a zero at its end.
    static func with(_ write: (inout HeaderText) -> Void, then use: (UnsafePointer<CChar>) -> Void) {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { space in
            var text = HeaderText(space)
            write(&text)
            space[text.end] = 0
            if let start = space.baseAddress { use(UnsafePointer(start)) }
        }
    }

    mutating func append(_ words: StaticString) {
        words.withUTF8Buffer { bytes in
            guard let target = space.baseAddress, let source = bytes.baseAddress,
                end + bytes.count < Self.capacity
            else { return }
            memcpy(target + end, source, bytes.count)
            end += bytes.count
        }
    }

    mutating func append(_ number: Int) {
        if number < 0 { append(byte: UInt8(ascii: "-")) }
        var (rest, scale) = (number.magnitude, UInt(1))
        while rest / scale >= 10 { scale *= 10 }
        while scale > 0 {
            append(byte: 0x30 + UInt8(truncatingIfNeeded: rest / scale))
            rest %= scale
            scale /= 10
        }
    }

    /// 16 hexadecimal digits.
    mutating func append(digitsOf number: UInt64) {
        for index in 0..<16 { append(byte: RequestIdentity.digit(index, of: number)) }
    }

    private mutating func append(byte: UInt8) {
        guard end < Self.capacity - 1 else { return }
        space[end] = CChar(bitPattern: byte)
        end += 1
    }
}
