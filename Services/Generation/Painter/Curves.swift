/// The few functions of the real line that painting needs, built from additions and multiplications only.
///
/// The C library's `sin`, `exp` and `pow` differ in their last digit between versions and processors; a picture must be
/// the same bytes wherever it is painted, so the painter brings its own.
enum Curve {
    static let pi: Float = 3.141_592_7

    @inline(__always) static func clamp(_ x: Float, _ low: Float = 0, _ high: Float = 1) -> Float {
        x < low ? low : (x > high ? high : x)
    }

    /// 0 below `edge0`, 1 above `edge1`, an S between; the edges may be given in either order.
    @inline(__always) static func step(_ edge0: Float, _ edge1: Float, _ x: Float) -> Float {
        let t = clamp((x - edge0) / (edge1 - edge0))
        return t * t * (3 - 2 * t)
    }

    @inline(__always) static func mix(_ a: Float, _ b: Float, _ t: Float) -> Float { a + (b - a) * t }

    /// The largest whole number not above `x`; `x` must lie within ±10⁹, which every coordinate here does.
    @inline(__always) static func floor(_ x: Float) -> Int32 {
        let whole = Int32(x)
        return Float(whole) > x ? whole - 1 : whole
    }

    @inline(__always) static func fraction(_ x: Float) -> Float { x - Float(floor(x)) }

    /// Sine to about 1e-5, by folding into a quarter wave and a polynomial of degree nine.
    @inline(__always) static func sine(_ x: Float) -> Float {
        var turn = fraction(x * 0.159_154_94 + 0.25)  // in turns, shifted so that the fold is symmetric
        turn = turn < 0.5 ? turn - 0.25 : 0.75 - turn
        let a = turn * 2 * pi
        let s = a * a
        return a * (1 + s * (-0.166_666_67 + s * (0.008_333_33 + s * (-0.000_198_412 + s * 0.000_002_755_7))))
    }

    @inline(__always) static func cosine(_ x: Float) -> Float { sine(x + 0.5 * pi) }

    /// e to the `x`, for `x` of at most 0 (falloffs); below −20 it is 0.
    @inline(__always) static func falloff(_ x: Float) -> Float {
        if x <= -20 { return 0 }
        return exponential2(x * 1.442_695)
    }

    /// `base` to the `exponent`, for a base of at least 0.
    @inline(__always) static func power(_ base: Float, _ exponent: Float) -> Float {
        if base <= 0 { return 0 }
        return exponential2(logarithm2(base) * exponent)
    }

    @inline(__always) static func exponential2(_ x: Float) -> Float {
        let bounded = clamp(x, -120, 120)
        let whole = floor(bounded)
        let f = bounded - Float(whole)
        let scale = Float(bitPattern: UInt32(bitPattern: whole + 127) << 23)
        let series: Float =
            1 + f * (0.693_147_2 + f * (0.240_226_5 + f * (0.055_504_1 + f * (0.009_618_1 + f * 0.001_333_4))))
        return scale * series
    }

    @inline(__always) static func logarithm2(_ x: Float) -> Float {
        let bits = x.bitPattern
        let exponent = Float(Int32(bits >> 23) - 127)
        let m = Float(bitPattern: (bits & 0x007f_ffff) | 0x3f80_0000)
        let t = (m - 1) / (m + 1)  // the series of artanh converges fast on 1...2
        let s = t * t
        return exponent + t * (2.885_39 + s * (0.961_796_7 + s * (0.577_078 + s * (0.412_198_6 + s * 0.320_598_9))))
    }
}
