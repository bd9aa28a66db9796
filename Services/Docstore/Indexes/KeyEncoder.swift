import BSON

/// Encodes values so that comparing the bytes compares the values in MongoDB's order, numbers of all types together.
/// Every value begins with a byte of its type and tells its own end, so that compound keys are plain concatenations.
/// Descending components are inverted. Equal values give equal bytes, which is what unique indexes compare.
struct KeyEncoder {
    private(set) var bytes: [UInt8] = []

    static func encode(_ value: BSONValue, descending: Bool = false) -> [UInt8] {
        var encoder = KeyEncoder()
        encoder.append(value, descending: descending)
        return encoder.bytes
    }

    /// What the keys of all strings begin with that begin with `text`.
    static func prefix(ofStringsBeginning text: String) -> [UInt8] { Array(encode(.string(text)).dropLast(2)) }

    mutating func append(_ value: BSONValue, descending: Bool) {
        let start = bytes.count
        append(value)
        if descending { invert(from: start) }
    }

    private mutating func invert(from start: Int) { for place in start..<bytes.count { bytes[place] = ~bytes[place] } }

    private mutating func append(_ value: BSONValue) {
        bytes.append(value.orderRank)
        switch value {
        case .minKey, .maxKey, .null, .undefined: break
        case .double(let number): append(double: number, exact: true)
        case .int32(let number): append(double: Double(number), exact: true)
        case .int64(let number): append(integer: number)
        case .decimal128(let number): append(decimal: Decimal(number))
        case .string(let text), .symbol(let text), .javascript(let text): append(text: text)
        case .document(let document): append(fields: document)
        case .array(let values):
            for value in values { append(value) }
            bytes.append(0)
        case .binary(let binary):
            append(bigEndian: UInt32(binary.bytes.count))
            bytes.append(binary.subtype)
            bytes.append(contentsOf: binary.bytes)
        case .objectID(let id): bytes.append(contentsOf: id.bytes)
        case .bool(let flag): bytes.append(flag ? 1 : 0)
        case .date(let milliseconds): append(bigEndian: UInt64(bitPattern: milliseconds) ^ 1 << 63)
        case .timestamp(let stamp): append(bigEndian: UInt64(stamp.seconds) << 32 | UInt64(stamp.increment))
        case .regex(let pattern, let options):
            append(text: pattern)
            append(text: options)
        case .dbPointer(let namespace, let id):
            append(text: namespace)
            bytes.append(contentsOf: id.bytes)
        case .javascriptWithScope(let code, let scope):
            append(text: code)
            append(fields: scope)
        }
    }

    private mutating func append(fields document: BSONDocument) {
        for (key, value) in document.elements {
            bytes.append(value.orderRank)
            append(text: key)
            append(value)
        }
        bytes.append(0)
    }

    /// A zero byte inside becomes 00 FF; 00 01 ends, so that a prefix comes first and no key begins another.
    private mutating func append(text: String) {
        var text = text
        text.withUTF8 { utf8 in
            if !utf8.contains(0) { return bytes.append(contentsOf: utf8) }
            for byte in utf8 { bytes += byte == 0 ? [0, 0xFF] : [byte] }
        }
        bytes.append(0)
        bytes.append(1)
    }

    private mutating func append<T: FixedWidthInteger>(bigEndian value: T) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

/// Numbers: the greatest double that is not above the value, then what the double could not hold.
extension KeyEncoder {
    private mutating func append(double: Double, exact: Bool) {
        let bits = (double == 0 ? 0.0 : double).bitPattern
        let ordered = double.isNaN ? 0 : (bits >> 63 == 1 ? ~bits : bits | 1 << 63)
        append(bigEndian: ordered)
        if exact { bytes.append(0) }
    }

    private mutating func append(integer: Int64) {
        let nearest = Double(integer)
        if Int64(exactly: nearest) == integer { return append(double: nearest, exact: true) }
        append(decimal: Decimal(integer))
    }

    private mutating func append(decimal: Decimal) {
        var floor = decimal.doubleValue
        guard let parts = decimal.parts else { return append(double: floor, exact: true) }
        let order = Decimal.compare(Decimal(floor, digits: Decimal.maximumDigits), decimal)
        if order == 0 { return append(double: floor, exact: true) }
        if order > 0 { floor = floor.nextDown }
        append(double: floor, exact: false)
        bytes.append(1)
        let start = bytes.count
        append(bigEndian: UInt16(0x8000 + parts.exponent + parts.digits.count))
        let lastDigit = parts.digits.lastIndex { $0 != "0" } ?? parts.digits.startIndex
        bytes.append(contentsOf: parts.digits[...lastDigit].utf8)
        bytes.append(0)
        if decimal.isNegative { invert(from: start) }
    }
}
