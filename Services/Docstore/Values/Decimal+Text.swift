extension Decimal: CustomStringConvertible {
    /// The text form of the BSON decimal128 specification: scientific outside of a small exponent range.
    var description: String {
        switch kind {
        case .nan: return "NaN"
        case .infinity: return isNegative ? "-Infinity" : "Infinity"
        case .finite: break
        }
        let digits = Array(String(coefficient))
        let sign = isNegative ? "-" : ""
        let adjusted = exponent + digits.count - 1
        if exponent > 0 || adjusted < -6 {
            let fraction = digits.count > 1 ? "." + String(digits.dropFirst()) : ""
            return "\(sign)\(digits[0])\(fraction)E\(adjusted < 0 ? "" : "+")\(adjusted)"
        }
        guard exponent < 0 else { return sign + String(digits) }
        let point = digits.count + exponent
        if point > 0 { return sign + String(digits[..<point]) + "." + String(digits[point...]) }
        return sign + "0." + String(repeating: "0", count: -point) + String(digits)
    }

    /// Parses a number; nil when the text is not one.
    init?(text: String) {
        var rest = Substring(text)
        let negative = rest.first == "-"
        if let sign = rest.first, sign == "-" || sign == "+" { rest.removeFirst() }
        switch rest.lowercased() {
        case "inf", "infinity": self = .infinity(negative: negative)
        case "nan": self = .nan
        default:
            guard let finite = Decimal(finite: rest, negative: negative) else { return nil }
            self = finite
        }
    }

    private init?(finite text: Substring, negative: Bool) {
        let bytes = Array(text.utf8)
        var coefficient = WideInteger(0)
        var exponent = 0
        var index = 0
        var kept = 0
        var seen = 0
        var sticky = false
        var afterPoint = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "."), !afterPoint {
                afterPoint = true
            } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                let digit = UInt128(byte - UInt8(ascii: "0"))
                seen += 1
                if kept < 70 {
                    if kept > 0 || digit != 0 { kept += 1 }
                    coefficient = coefficient.multiplied(by: 10) + WideInteger(digit)
                    if afterPoint { exponent -= 1 }
                } else {
                    sticky = sticky || digit != 0
                    if !afterPoint { exponent += 1 }
                }
            } else {
                break
            }
            index += 1
        }
        guard seen > 0 else { return nil }
        if index < bytes.count {
            guard bytes[index] | 0x20 == UInt8(ascii: "e"), index + 1 < bytes.count,
                let written = Int(String(decoding: bytes[(index + 1)...], as: UTF8.self)), abs(written) < 1 << 30
            else { return nil }
            exponent += written
        }
        self = .rounding(negative: negative, coefficient, exponent: exponent, sticky: sticky)
    }
}
