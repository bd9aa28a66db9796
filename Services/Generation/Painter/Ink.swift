/// A colour in linear light: red, green, blue, where 1 is paper white and more than 1 is glare.
typealias Ink = SIMD3<Float>

extension SIMD3<Float> {
    /// A colour as designers write it: `0xff8040`.
    init(hex: UInt32) {
        self.init(
            Tone.linear(Float((hex >> 16) & 255) / 255), Tone.linear(Float((hex >> 8) & 255) / 255),
            Tone.linear(Float(hex & 255) / 255))
    }

    var luminance: Float { x * 0.2126 + y * 0.7152 + z * 0.0722 }

    @inline(__always) func mixed(_ other: Self, _ t: Float) -> Self { self + (other - self) * t }

    /// More than 1 makes it more colourful, less than 1 greyer.
    @inline(__always) func saturated(_ amount: Float) -> Self {
        let grey = Self(repeating: luminance)
        return (grey + (self - grey) * amount).clamped(lowerBound: .zero, upperBound: Self(repeating: 16))
    }

    /// A mixture that keeps its brightness between the two, where plain mixing turns blue and yellow into mud.
    func blended(_ other: Self, _ t: Float) -> Self {
        Tone.fromLab(Tone.toLab(self).mixed(Tone.toLab(other), t))
    }

    /// The hue of `other` at this colour's own lightness: how a word such as "crimson" tints a sky.
    func tinted(_ other: Self, _ t: Float) -> Self {
        let mine = Tone.toLab(self), theirs = Tone.toLab(other)
        let target = SIMD3(Curve.mix(mine.x, theirs.x, 0.25), theirs.y, theirs.z)
        return Tone.fromLab(mine.mixed(target, t))
    }
}

/// Conversions between what screens store, linear light, and Oklab (Björn Ottosson, "A perceptual color space for image
/// processing", 2020).
enum Tone {
    static func linear(_ stored: Float) -> Float {
        stored <= 0.04045 ? stored / 12.92 : Curve.power((stored + 0.055) / 1.055, 2.4)
    }

    static func stored(_ linear: Float) -> Float {
        linear <= 0.003_130_8 ? linear * 12.92 : 1.055 * Curve.power(linear, 1 / 2.4) - 0.055
    }

    static func toLab(_ c: Ink) -> SIMD3<Float> {
        let l = Curve.power(0.412_221_5 * c.x + 0.536_332_5 * c.y + 0.051_446 * c.z, 1 / 3)
        let m = Curve.power(0.211_903_5 * c.x + 0.680_699_5 * c.y + 0.107_397 * c.z, 1 / 3)
        let s = Curve.power(0.088_302_5 * c.x + 0.281_718_8 * c.y + 0.629_978_7 * c.z, 1 / 3)
        return SIMD3(
            0.210_454_3 * l + 0.793_617_8 * m - 0.004_072 * s, 1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
            0.025_904 * l + 0.782_771_8 * m - 0.808_675_8 * s)
    }

    static func fromLab(_ c: SIMD3<Float>) -> Ink {
        let l = c.x + 0.396_337_8 * c.y + 0.215_803_8 * c.z
        let m = c.x - 0.105_561_3 * c.y - 0.063_854_2 * c.z
        let s = c.x - 0.089_484_2 * c.y - 1.291_485_5 * c.z
        let (l3, m3, s3) = (l * l * l, m * m * m, s * s * s)
        let ink = Ink(
            4.076_741_7 * l3 - 3.307_711_6 * m3 + 0.230_969_9 * s3,
            -1.268_438 * l3 + 2.609_757_4 * m3 - 0.341_319_4 * s3,
            -0.004_196_1 * l3 - 0.703_418_6 * m3 + 1.707_614_7 * s3)
        return ink.clamped(lowerBound: .zero, upperBound: Ink(repeating: 4))
    }
}

/// A ramp through several colours, mixed perceptually once and then only looked up.
struct Ramp {
    private let inks: [Ink]

    /// - Parameter stops: places in 0...1, ascending, with their colours.
    init(_ stops: [(at: Float, ink: Ink)]) {
        inks = (0...255).map { index in
            let t = Float(index) / 255
            guard let after = stops.firstIndex(where: { $0.at >= t }) else { return stops[stops.count - 1].ink }
            guard after > 0 else { return stops[0].ink }
            let (a, b) = (stops[after - 1], stops[after])
            let local = (t - a.at) / max(b.at - a.at, 0.0001)
            return a.ink.blended(b.ink, local * local * (3 - 2 * local) * 0.5 + local * 0.5)
        }
    }

    @inline(__always) subscript(_ t: Float) -> Ink {
        let place = Curve.clamp(t) * 254.99
        let index = Int(place)
        return inks[index].mixed(inks[index + 1], place - Float(index))
    }
}
