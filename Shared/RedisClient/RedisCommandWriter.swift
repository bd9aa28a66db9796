import Glibc

/// Writes a command's arguments where they will stay: for commands so frequent that a string for each key would count.
package struct RedisCommandWriter: ~Copyable {
    /// `$NN` and the line's end: what most arguments' length takes.
    private static let usualHeader = 5

    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private var count = 0
    private(set) var arguments = 0

    init(capacity: Int) {
        self.capacity = max(64, capacity)
        start = Self.allocate(self.capacity)
    }

    deinit { free(start) }

    /// Swift's own way asks for memory that is aligned, which the allocator keeps no quick list of.
    private static func allocate(_ count: Int) -> UnsafeMutablePointer<UInt8> {
        guard let memory = malloc(count) else { fatalError("out of memory") }
        return memory.bindMemory(to: UInt8.self, capacity: count)
    }

    var bytes: [UInt8] { Array(UnsafeBufferPointer(start: start, count: count)) }

    // MARK: Arguments

    /// One argument, of whatever parts `write` appends.
    package mutating func argument(_ write: (inout RedisCommandWriter) -> Void) {
        let header = count
        reserve(Self.usualHeader)
        count += Self.usualHeader
        write(&self)
        finish(header)
    }

    package mutating func argument(_ text: StaticString) { argument { $0.append(text) } }
    package mutating func argument(_ text: String) { argument { $0.append(text) } }
    package mutating func argument(_ bytes: [UInt8]) { argument { $0.append(bytes) } }
    package mutating func argument(_ number: Int64) { argument { $0.append(number) } }

    /// Puts the length before what was appended behind `header`.
    private mutating func finish(_ header: Int) {
        let length = count - header - Self.usualHeader
        let size = Self.digits(of: UInt64(length)) + 3
        if size != Self.usualHeader {
            reserve(4)
            (start + header + size).update(from: start + header + Self.usualHeader, count: length)
        }
        count = header
        append(UInt8(ascii: "$"))
        append(Int64(length))
        endLine()
        count += length
        endLine()
        arguments += 1
    }

    // MARK: Parts

    package mutating func append(_ byte: UInt8) {
        reserve(1)
        start[count] = byte
        count += 1
    }

    package mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append($0) }
    }

    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }

    package mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { append($0) }
    }

    /// Characters that are in words already, the first in the highest byte.
    package mutating func append(words: (UInt64, UInt64, UInt64)) {
        reserve(24)
        let target = UnsafeMutableRawPointer(start + count)
        target.storeBytes(of: words.0.bigEndian, as: UInt64.self)
        target.storeBytes(of: words.1.bigEndian, toByteOffset: 8, as: UInt64.self)
        target.storeBytes(of: words.2.bigEndian, toByteOffset: 16, as: UInt64.self)
        count += 24
    }

    package mutating func append(_ number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        let digits = Self.digits(of: number.magnitude)
        reserve(digits)
        var rest = number.magnitude
        var index = count + digits
        repeat {
            index -= 1
            start[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        count += digits
    }

    /// `*` and the number of arguments.
    mutating func appendArrayHeader(_ number: Int) {
        append(UInt8(ascii: "*"))
        append(Int64(number))
        endLine()
    }

    /// Arguments that are encoded already.
    mutating func append(encoded: [UInt8], arguments number: Int) {
        append(encoded)
        arguments += number
    }

    private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let base = bytes.baseAddress else { return }
        reserve(bytes.count)
        (start + count).update(from: base, count: bytes.count)
        count += bytes.count
    }

    private mutating func endLine() {
        reserve(2)
        start[count] = 13
        start[count + 1] = 10
        count += 2
    }

    private static func digits(of number: UInt64) -> Int {
        var digits = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        return digits
    }

    private mutating func reserve(_ more: Int) {
        if count + more > capacity { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        let wanted = max(capacity * 2, count + more)
        let larger = Self.allocate(wanted)
        larger.update(from: start, count: count)
        free(start)
        start = larger
        capacity = wanted
    }
}
