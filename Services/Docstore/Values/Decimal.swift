import Glibc

/// A number of IEEE 754-2008 decimal128: 34 digits, computed as MongoDB computes it.
///
/// Cohorts are kept (`1.10` is not `1.1`), because replies show them.
struct Decimal: Sendable {
    enum Kind: Sendable { case finite, infinity, nan }

    var kind: Kind
    var isNegative: Bool
    var coefficient: UInt128
    var exponent: Int

    static let maximumDigits = 34
    static let minimumExponent = -6176
    static let maximumExponent = 6111
    static let nan = Decimal(kind: .nan, isNegative: false, coefficient: 0, exponent: 0)
    static let zero = Decimal(0)

    init(kind: Kind, isNegative: Bool, coefficient: UInt128, exponent: Int) {
        self.kind = kind
        self.isNegative = isNegative
        self.coefficient = coefficient
        self.exponent = exponent
    }

    static func infinity(negative: Bool) -> Decimal {
        Decimal(kind: .infinity, isNegative: negative, coefficient: 0, exponent: 0)
    }

    init(_ value: Int64) {
        self.init(kind: .finite, isNegative: value < 0, coefficient: UInt128(value.magnitude), exponent: 0)
    }

    /// A double, rounded to so many significant digits. MongoDB uses 15 when it converts and 34 when it compares.
    init(_ value: Double, digits: Int) {
        guard value.isFinite else {
            self = value.isNaN ? .nan : .infinity(negative: value < 0)
            return
        }
        guard value != 0 else {
            self.init(kind: .finite, isNegative: value.sign == .minus, coefficient: 0, exponent: 0)
            return
        }
        let written = Decimal(text: CFormat.scientific(value, fractionDigits: digits - 1)) ?? .nan
        self = digits < Decimal.maximumDigits ? written : written.withoutNeedlessFraction
    }

    var isZero: Bool { kind == .finite && coefficient == 0 }
    var isNaN: Bool { kind == .nan }
    var isFinite: Bool { kind == .finite }

    var negated: Decimal {
        var copy = self
        copy.isNegative.toggle()
        return copy
    }

    var magnitude: Decimal {
        var copy = self
        copy.isNegative = false
        return copy
    }

    var digits: Int { WideInteger(coefficient).decimalDigits }

    /// The nearest double.
    var doubleValue: Double {
        switch kind {
        case .nan: .nan
        case .infinity: isNegative ? -.infinity : .infinity
        case .finite: strtod("\(isNegative ? "-" : "")\(coefficient)e\(exponent)", nil)
        }
    }

    /// The value as an integer when it is one and fits.
    var exactInt64: Int64? {
        guard isFinite else { return nil }
        let whole = rounded(toExponent: 0, .towardZero)
        return Decimal.compare(whole, self) == 0 ? whole.truncatedInt64 : nil
    }

    /// The integer part when it fits.
    var truncatedInt64: Int64? {
        guard isFinite else { return nil }
        let whole = rounded(toExponent: 0, .towardZero)
        guard whole.coefficient != 0 else { return 0 }
        guard whole.exponent <= 19 else { return nil }
        let (value, overflow) = whole.coefficient.multipliedReportingOverflow(
            by: WideInteger.powersOfTen[max(0, whole.exponent)])
        guard !overflow, value <= UInt128(UInt64.max) else { return nil }
        return isNegative
            ? (value == 1 << 63 ? Int64.min : Int64(exactly: value).map { -$0 }) : Int64(exactly: value)
    }

    /// The same number without zeros at the end of its fraction.
    private var withoutNeedlessFraction: Decimal {
        var copy = self
        while copy.exponent < 0, copy.coefficient % 10 == 0 {
            copy.coefficient /= 10
            copy.exponent += 1
        }
        return copy
    }

    /// The same number with no trailing zeros: equal values give equal fields.
    var normalized: Decimal {
        guard isFinite else { return self }
        guard coefficient != 0 else { return .zero }
        var copy = self
        while copy.coefficient % 10 == 0 {
            copy.coefficient /= 10
            copy.exponent += 1
        }
        return copy
    }
}

/// The C library's number formatting, which MongoDB's texts follow.
enum CFormat {
    static func scientific(_ value: Double, fractionDigits: Int) -> String {
        format("%.\(fractionDigits)e", value)
    }

    /// `%.16g`-like.
    static func general(_ value: Double, digits: Int) -> String {
        format("%.\(digits)g", value)
    }

    private static func format(_ pattern: String, _ value: Double) -> String {
        var buffer = [CChar](repeating: 0, count: 512)
        let count = withVaList([value]) { vsnprintf(&buffer, buffer.count, pattern, $0) }
        return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
