import BSON

/// The binary integer encoding that BSON stores.
extension Decimal {
    private static let bias = 6176

    init(_ bits: BSONDecimal128) {
        let negative = bits.high >> 63 == 1
        switch bits.high >> 58 & 0x1f {
        case 0x1f: self = .nan
        case 0x1e: self = .infinity(negative: negative)
        case 0x18...0x1d:
            // A coefficient past 34 digits: not canonical, and read as zero.
            self.init(
                kind: .finite, isNegative: negative, coefficient: 0, exponent: Int(bits.high >> 47 & 0x3fff) - Self.bias
            )
        default:
            let coefficient = UInt128(bits.high & 0x1_ffff_ffff_ffff) << 64 | UInt128(bits.low)
            self.init(
                kind: .finite, isNegative: negative,
                coefficient: coefficient < WideInteger.powersOfTen[Self.maximumDigits] ? coefficient : 0,
                exponent: Int(bits.high >> 49 & 0x3fff) - Self.bias)
        }
    }

    var encoded: BSONDecimal128 {
        let sign: UInt64 = isNegative ? 1 << 63 : 0
        switch kind {
        case .nan: return BSONDecimal128(high: 0x1f << 58, low: 0)
        case .infinity: return BSONDecimal128(high: sign | 0x1e << 58, low: 0)
        case .finite:
            let high = UInt64(truncatingIfNeeded: coefficient >> 64)
            return BSONDecimal128(
                high: sign | UInt64(exponent + Self.bias) << 49 | high, low: UInt64(truncatingIfNeeded: coefficient))
        }
    }
}
