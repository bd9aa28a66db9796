/// The members of an object of plain texts, whole numbers and bools, one after the other and without a tree.
///
/// For what our own scripts write by the million. Whatever is not plain (an escape, a character beyond ASCII, a fraction,
/// something nested, space) ends it with `isWhole` false, and the parser has to read the object: what is accepted here
/// means there the same.
package struct PlainMembers {
    private enum Value {
        case text(Range<Int>)
        case number(Int64)
        case bool(Bool)
    }

    private let bytes: ArraySlice<UInt8>
    private var index: Int
    private var name = 0..<0
    private var value = Value.bool(false)
    /// Whether the object was read to its end.
    package private(set) var isWhole = false

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    /// Goes on to the next member; false at the end, and at the first thing that is not plain.
    package mutating func next() -> Bool {
        guard !isWhole, index < bytes.endIndex else { return false }
        let opening = index == bytes.startIndex
        guard bytes[index] == (opening ? Ascii.openBrace : Ascii.comma) else {
            isWhole = !opening && bytes[index] == Ascii.closeBrace && index + 1 == bytes.endIndex
            return false
        }
        index += 1
        guard let name = quoted(), take(Ascii.colon), index < bytes.endIndex else { return false }
        self.name = name
        switch bytes[index] {
        case Ascii.quote:
            guard let text = quoted() else { return false }
            value = .text(text)
        case Ascii.zero...Ascii.nine:
            guard let number = digits() else { return false }
            value = .number(number)
        case UInt8(ascii: "t"):
            guard word("true") else { return false }
            value = .bool(true)
        case UInt8(ascii: "f"):
            guard word("false") else { return false }
            value = .bool(false)
        default: return false
        }
        return true
    }

    package func isNamed(_ other: StaticString) -> Bool {
        guard name.count == other.utf8CodeUnitCount else { return false }
        for place in 0..<name.count where unsafe bytes[name.lowerBound + place] != other.utf8Start[place] {
            return false
        }
        return true
    }

    // MARK: The value at hand; nil where it is of another kind

    package var text: ArraySlice<UInt8>? { if case .text(let place) = value { bytes[place] } else { nil } }
    package var string: String? { text.map { String(decoding: $0, as: UTF8.self) } }
    package var int64: Int64? { if case .number(let number) = value { number } else { nil } }
    package var bool: Bool? { if case .bool(let bool) = value { bool } else { nil } }

    // MARK: Pieces

    private mutating func quoted() -> Range<Int>? {
        guard take(Ascii.quote) else { return nil }
        let start = index
        let rest = unsafe bytes[start...].withUnsafeBufferPointer { rest in
            unsafe rest.firstIndex { $0 == Ascii.quote || $0 < 0x20 || $0 >= 0x80 || $0 == Ascii.backslash }
        }
        guard let rest, bytes[start + rest] == Ascii.quote else { return nil }
        index = start + rest + 1
        return start..<start + rest
    }

    /// Up to 18 digits, which always fit.
    private mutating func digits() -> Int64? {
        let start = index
        var number: Int64 = 0
        while index < bytes.endIndex, bytes[index] &- Ascii.zero <= 9 {
            guard index - start < 18 else { return nil }
            number = number * 10 + Int64(bytes[index] - Ascii.zero)
            index += 1
        }
        return index - start > 1 && bytes[start] == Ascii.zero ? nil : number
    }

    private mutating func word(_ word: StaticString) -> Bool {
        for place in 0..<word.utf8CodeUnitCount {
            guard unsafe take(word.utf8Start[place]) else { return false }
        }
        return true
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.endIndex, bytes[index] == byte else { return false }
        index += 1
        return true
    }
}
