import Glibc

/// Memory that grows, for the writer only: an array would check its uniqueness and bounds for every byte of an answer.
@safe
struct ByteBuffer: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private var count = 0

    init(capacity: Int) {
        self.capacity = max(64, capacity)
        unsafe start = Self.allocate(self.capacity)
    }

    deinit { unsafe free(start) }

    /// Swift's own way asks for memory that is aligned, which the allocator keeps no quick list of.
    private static func allocate(_ count: Int) -> UnsafeMutablePointer<UInt8> {
        guard let memory = unsafe malloc(count) else { fatalError("out of memory") }
        return unsafe memory.bindMemory(to: UInt8.self, capacity: count)
    }

    var bytes: [UInt8] { unsafe Array(UnsafeBufferPointer(start: start, count: count)) }

    private mutating func reserve(_ more: Int) {
        if count + more > capacity { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        let wanted = max(capacity * 2, count + more)
        let larger = unsafe Self.allocate(wanted)
        unsafe larger.update(from: start, count: count)
        unsafe free(start)
        unsafe start = larger
        capacity = wanted
    }

    mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe start[count] = byte
        count += 1
    }

    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { unsafe append($0) }
    }

    mutating func append(_ bytes: some Collection<UInt8>) {
        let copied: Void? = bytes.withContiguousStorageIfAvailable { unsafe append($0) }
        if copied == nil { for byte in bytes { append(byte) } }
    }

    mutating func append(_ text: String) { append(text.utf8) }

    private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let base = bytes.baseAddress else { return }
        reserve(bytes.count)
        unsafe (start + count).update(from: base, count: bytes.count)
        count += bytes.count
    }

    /// Appends characters that are in words already, the first in the highest byte, in quotes.
    mutating func append(quotedWords words: (UInt64, UInt64, UInt64)) {
        reserve(26)
        unsafe start[count] = Ascii.quote
        let target = unsafe UnsafeMutableRawPointer(start + count + 1)
        unsafe target.storeBytes(of: words.0.bigEndian, as: UInt64.self)
        unsafe target.storeBytes(of: words.1.bigEndian, toByteOffset: 8, as: UInt64.self)
        unsafe target.storeBytes(of: words.2.bigEndian, toByteOffset: 16, as: UInt64.self)
        unsafe start[count + 25] = Ascii.quote
        count += 26
    }

    /// Appends a member's name, as it stands, with its quotes and colon.
    mutating func append(key: StaticString) {
        key.withUTF8Buffer { name in
            guard let base = name.baseAddress else { return }
            reserve(name.count + 3)
            unsafe start[count] = Ascii.quote
            unsafe (start + count + 1).update(from: base, count: name.count)
            count += name.count + 3
            unsafe start[count - 2] = Ascii.quote
            unsafe start[count - 1] = Ascii.colon
        }
    }

    /// Appends a string in quotes, unless something in it must be escaped: then nothing, and false.
    mutating func append(quoted text: String) -> Bool {
        unsafe text.utf8.withContiguousStorageIfAvailable { bytes in
            guard let base = bytes.baseAddress else {
                append("\"\"")
                return true
            }
            guard unsafe !Self.mustEscape(bytes) else { return false }
            reserve(bytes.count + 2)
            unsafe start[count] = Ascii.quote
            unsafe (start + count + 1).update(from: base, count: bytes.count)
            count += bytes.count + 2
            unsafe start[count - 1] = Ascii.quote
            return true
        } ?? false
    }

    /// Whether a quote, a backslash or a control character is among the bytes; eight at a time.
    private static func mustEscape(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let raw = UnsafeRawBufferPointer(bytes)
        var index = 0
        var found: UInt64 = 0
        while index + 8 <= bytes.count {
            let word = unsafe raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quotes = word ^ (ones &* UInt64(Ascii.quote))
            let backslashes = word ^ (ones &* UInt64(Ascii.backslash))
            found |= (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes
            found |= (word &- ones &* 0x20) & ~word
            index += 8
        }
        while index < bytes.count {
            let byte = unsafe bytes[index]
            if byte < 0x20 || byte == Ascii.quote || byte == Ascii.backslash { return true }
            index += 1
        }
        return found & (ones &* 0x80) != 0
    }

    mutating func append(decimal value: Int64) {
        if value < 0 { append(Ascii.minus) }
        var rest = value.magnitude
        var digits = 1
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        reserve(digits)
        rest = value.magnitude
        for index in stride(from: count + digits - 1, through: count, by: -1) {
            unsafe start[index] = Ascii.zero + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += digits
    }
}
