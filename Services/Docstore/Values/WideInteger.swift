/// An unsigned 256-bit integer with the few operations that exact decimal arithmetic needs.
struct WideInteger: Equatable {
    var high: UInt128
    var low: UInt128

    init(_ low: UInt128) {
        self.init(high: 0, low: low)
    }

    init(high: UInt128, low: UInt128) {
        self.high = high
        self.low = low
    }

    /// The exact product of two 128-bit integers.
    init(product left: UInt128, _ right: UInt128) {
        let full = left.multipliedFullWidth(by: right)
        self.init(high: full.high, low: full.low)
    }

    var isZero: Bool { high == 0 && low == 0 }

    static func + (left: WideInteger, right: WideInteger) -> WideInteger {
        let low = left.low.addingReportingOverflow(right.low)
        return WideInteger(high: left.high &+ right.high &+ (low.overflow ? 1 : 0), low: low.partialValue)
    }

    /// Requires `left >= right`.
    static func - (left: WideInteger, right: WideInteger) -> WideInteger {
        let low = left.low.subtractingReportingOverflow(right.low)
        return WideInteger(high: left.high &- right.high &- (low.overflow ? 1 : 0), low: low.partialValue)
    }

    static func < (left: WideInteger, right: WideInteger) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }

    static func << (left: WideInteger, count: Int) -> WideInteger {
        guard count > 0 else { return left }
        guard count < 128 else { return WideInteger(high: left.low << UInt128(count - 128), low: 0) }
        let carried = left.low >> UInt128(128 - count)
        return WideInteger(high: left.high << UInt128(count) | carried, low: left.low << UInt128(count))
    }

    /// The product by a factor that is known not to overflow 256 bits.
    func multiplied(by factor: UInt128) -> WideInteger {
        let full = low.multipliedFullWidth(by: factor)
        return WideInteger(high: full.high &+ high &* factor, low: full.low)
    }

    func quotientAndRemainder(dividingBy divisor: UInt128) -> (quotient: WideInteger, remainder: UInt128) {
        let upper = high.quotientAndRemainder(dividingBy: divisor)
        let lower = divisor.dividingFullWidth((upper.remainder, low))
        return (WideInteger(high: upper.quotient, low: lower.quotient), lower.remainder)
    }

    /// Scales by a power of ten that is known to fit.
    func scaled(byPowerOfTen power: Int) -> WideInteger {
        var left = power
        var result = self
        while left > 0 {
            let step = min(left, 38)
            result = result.multiplied(by: Self.powersOfTen[step])
            left -= step
        }
        return result
    }

    var decimalDigits: Int {
        var count = 0
        var rest = self
        while rest.high != 0 {
            rest = rest.quotientAndRemainder(dividingBy: Self.powersOfTen[30]).quotient
            count += 30
        }
        var lower = 0
        while lower < 39, rest.low >= Self.powersOfTen[lower] { lower += 1 }
        if lower == 38, rest.low >= Self.powersOfTen[38] { lower = 39 }
        return count + lower
    }

    /// The integer square root and whether it is exact.
    var squareRoot: (root: UInt128, exact: Bool) {
        var root: UInt128 = 0
        for bit in stride(from: 127, through: 0, by: -1) {
            let candidate = root | (1 << UInt128(bit))
            let square = WideInteger(product: candidate, candidate)
            if !(self < square) { root = candidate }
        }
        return (root, WideInteger(product: root, root) == self)
    }

    /// 10^0 through 10^38, all that fit 128 bits.
    static let powersOfTen: [UInt128] = {
        var powers: [UInt128] = [1]
        while powers.count < 39 { powers.append(powers[powers.count - 1] * 10) }
        return powers
    }()
}
