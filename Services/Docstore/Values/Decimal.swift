import BSON
import CIntelDecimal
import Glibc

/// A number of IEEE 754-2008 decimal128, computed by the library that MongoDB itself computes with: so the digits
/// agree, and cohorts are kept (`1.10` is not `1.1`), because replies show them.
struct Decimal: Sendable {
    enum Rounding: UInt32 { case halfEven, down, up, towardZero }

    let encoded: BSONDecimal128

    init(_ encoded: BSONDecimal128) { self.encoded = encoded }

    init(_ value: Int64) { self.init { _ in __bid128_from_int64(value) } }

    /// A double, rounded to 34 digits as MongoDB compares it, or to 15 as it converts it.
    init(_ value: Double, digits: Int) {
        if digits < Self.maximumDigits, value.isFinite, value != 0 {
            self.init(number: CFormat.text(value, "%.\(digits - 1)e"))
        } else {
            self.init { __binary64_to_bid128(value, Rounding.halfEven.rawValue, &$0) }
        }
    }

    private init(_ compute: (inout UInt32) -> BID_UINT128) {
        var flags: UInt32 = 0
        let result = compute(&flags).w
        encoded = BSONDecimal128(high: result.1, low: result.0)
    }

    static let maximumDigits = 34
    static let zero = Decimal(0)

    var value: BSONValue { .decimal128(encoded) }
    private var bits: BID_UINT128 { BID_UINT128(w: (encoded.low, encoded.high)) }
    var isZero: Bool { __bid128_isZero(bits) != 0 }
    var isNaN: Bool { __bid128_isNaN(bits) != 0 }
    var isFinite: Bool { __bid128_isFinite(bits) != 0 }
    var isNegative: Bool { encoded.high >> 63 == 1 }
    var magnitude: Decimal { Decimal { _ in __bid128_abs(bits) } }

    var doubleValue: Double {
        var flags: UInt32 = 0
        return __bid128_to_binary64(bits, Rounding.halfEven.rawValue, &flags)
    }

    var exactInt64: Int64? { integer(__bid128_to_int64_xint) }
    var truncatedInt64: Int64? { integer(__bid128_to_int64_int) }

    private func integer(_ convert: (BID_UINT128, UnsafeMutablePointer<UInt32>?) -> Int64) -> Int64? {
        var flags: UInt32 = 0
        let result = convert(bits, &flags)
        return flags == 0 ? result : nil
    }

    static func + (left: Decimal, right: Decimal) -> Decimal { Decimal { __bid128_add(left.bits, right.bits, 0, &$0) } }
    static func - (left: Decimal, right: Decimal) -> Decimal { Decimal { __bid128_sub(left.bits, right.bits, 0, &$0) } }
    static func * (left: Decimal, right: Decimal) -> Decimal { Decimal { __bid128_mul(left.bits, right.bits, 0, &$0) } }
    static func / (left: Decimal, right: Decimal) -> Decimal { Decimal { __bid128_div(left.bits, right.bits, 0, &$0) } }
    func remainder(dividingBy divisor: Decimal) -> Decimal { Decimal { __bid128_fmod(bits, divisor.bits, &$0) } }

    /// The value with `10^place` as its last digit: rounded, or with zeros appended; NaN if that takes too many digits.
    func quantized(toExponent place: Int, _ rule: Rounding) -> Decimal {
        let unit = Decimal { __bid128_scalbn(Decimal(1).bits, Int32(place), 0, &$0) }
        return Decimal { __bid128_quantize(bits, unit.bits, rule.rawValue, &$0) }
    }

    /// Rounds away the digits below `10^place`; a value that has none is returned as it is.
    func rounded(toExponent place: Int, _ rule: Rounding) -> Decimal {
        guard let exponent = parts?.exponent, exponent < place else { return self }
        return quantized(toExponent: place, rule)
    }

    static func compare(_ left: Decimal, _ right: Decimal) -> Int {
        if left.isNaN || right.isNaN { return left.isNaN ? (right.isNaN ? 0 : -1) : 1 }
        var flags: UInt32 = 0
        if __bid128_quiet_equal(left.bits, right.bits, &flags) != 0 { return 0 }
        return __bid128_quiet_less(left.bits, right.bits, &flags) != 0 ? -1 : 1
    }
}

extension Decimal: CustomStringConvertible {
    /// The digits and the power of ten that the last one counts; nil for infinities and NaN.
    var parts: (digits: Substring, exponent: Int)? {
        // The library writes "+110E-2".
        var buffer = [CChar](repeating: 0, count: 64)
        var flags: UInt32 = 0
        __bid128_to_string(&buffer, bits, &flags)
        let written = CFormat.text(in: buffer).dropFirst().split(separator: "E")
        guard written.count == 2, let exponent = Int(written[1]) else { return nil }
        return (written[0], exponent)
    }

    var description: String {
        guard !isNaN else { return "NaN" }
        let sign = isNegative ? "-" : ""
        guard let (digits, exponent) = parts else { return "\(sign)Infinity" }
        let adjusted = exponent + digits.count - 1
        if exponent > 0 || adjusted < -6 {
            let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
            return "\(sign)\(digits.prefix(1))\(fraction)E\(adjusted < 0 ? "" : "+")\(adjusted)"
        }
        guard exponent < 0 else { return sign + digits }
        let point = digits.count + exponent
        if point > 0 { return sign + digits.prefix(point) + "." + digits.dropFirst(point) }
        return sign + "0." + String(repeating: "0", count: -point) + digits
    }

    /// The library reads more than numbers: spaces before them, anything after an exponent.
    private static let form = try? Regex(
        pattern: #"^[+-]?(inf(inity)?|nan|(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)\z"#, options: "i")

    init?(text: String) {
        guard (try? Self.form?.matches(text)) == true else { return nil }
        self.init(number: text)
    }

    private init(number text: String) {
        var characters = Array(text.utf8CString)
        self.init { __bid128_from_string(&characters, Rounding.halfEven.rawValue, &$0) }
    }
}

/// The C library's formats, which MongoDB's texts follow.
enum CFormat {
    static func text(_ value: Double, _ format: String) -> String {
        var buffer = [CChar](repeating: 0, count: 512)
        _ = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
        return text(in: buffer)
    }

    static func text(in buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
