/// Memory that grows, for the writer only: an array would check its uniqueness and bounds for every byte of an answer.
@safe
struct ByteBuffer: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private var count = 0

    init(capacity: Int) {
        self.capacity = max(64, capacity)
        unsafe start = .allocate(capacity: self.capacity)
    }

    deinit { unsafe start.deallocate() }

    var bytes: [UInt8] { unsafe Array(UnsafeBufferPointer(start: start, count: count)) }

    private mutating func reserve(_ more: Int) {
        if count + more > capacity { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        let wanted = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted)
        unsafe larger.update(from: start, count: count)
        unsafe start.deallocate()
        unsafe start = larger
        capacity = wanted
    }

    mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe start[count] = byte
        count += 1
    }

    mutating func append(_ text: StaticString) {
        reserve(text.utf8CodeUnitCount)
        unsafe (start + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        count += text.utf8CodeUnitCount
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

    /// Appends a string that needs no escaping in JSON; false, with nothing appended, when it does.
    mutating func appendUnlessEscaped(_ text: String) -> Bool {
        let before = count
        append(text.utf8)
        // Without an early exit, so that the compiler looks at many bytes at once.
        var mustEscape = false
        for index in before..<count {
            let byte = unsafe start[index]
            mustEscape = mustEscape || byte < 0x20 || byte == Ascii.quote || byte == Ascii.backslash
        }
        if mustEscape { count = before }
        return !mustEscape
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
