/// Gradient noise on the integer lattice and the sums made of it. Values lie in 0...1 around 0.5.
struct Noise {
    let seed: UInt32

    @inline(__always) func hash(_ x: Int32, _ y: Int32) -> UInt32 {
        var h = UInt32(bitPattern: x) &* 0x27d4_eb2d ^ UInt32(bitPattern: y) &* 0x9e37_79b1 ^ seed
        h = (h ^ (h >> 15)) &* 0x85eb_ca6b
        h = (h ^ (h >> 13)) &* 0xc2b2_ae35
        return h ^ (h >> 16)
    }

    /// A number in 0..<1 that belongs to a lattice cell.
    @inline(__always) func cell(_ x: Int32, _ y: Int32) -> Float { Float(hash(x, y) >> 8) / 16_777_216 }

    @inline(__always) private func slope(_ x: Int32, _ y: Int32, _ dx: Float, _ dy: Float) -> Float {
        let h = hash(x, y)
        let gx = Float(h & 0xffff) / 32_768 - 1
        let gy = Float(h >> 16) / 32_768 - 1
        return gx * dx + gy * dy
    }

    @inline(__always) func at(_ x: Float, _ y: Float) -> Float {
        let ix = Curve.floor(x), iy = Curve.floor(y)
        let fx = x - Float(ix), fy = y - Float(iy)
        let u = fx * fx * fx * (fx * (fx * 6 - 15) + 10)
        let v = fy * fy * fy * (fy * (fy * 6 - 15) + 10)
        let top = Curve.mix(slope(ix, iy, fx, fy), slope(ix &+ 1, iy, fx - 1, fy), u)
        let bottom = Curve.mix(slope(ix, iy &+ 1, fx, fy - 1), slope(ix &+ 1, iy &+ 1, fx - 1, fy - 1), u)
        return 0.5 + 0.62 * Curve.mix(top, bottom, v)
    }

    /// Fractal sum: each octave half as strong and twice as fine, turned by 37° so that no grid shows.
    @inline(__always) func fractal(_ x: Float, _ y: Float, octaves: Int, gain: Float = 0.5) -> Float {
        var px = x, py = y, sum: Float = 0, weight: Float = 1, total: Float = 0
        for _ in 0..<octaves {
            sum += weight * at(px, py)
            total += weight
            weight *= gain
            let turned = px * 1.597 - py * 1.203
            py = px * 1.203 + py * 1.597 + 17.13
            px = turned + 5.71
        }
        return sum / total
    }

    /// Ridges: creases of the noise turned into crests, finer ones only where the coarse are high (after Musgrave).
    @inline(__always) func ridged(_ x: Float, _ y: Float, octaves: Int) -> Float {
        var px = x, py = y, sum: Float = 0, weight: Float = 1, total: Float = 0, carry: Float = 1
        for _ in 0..<octaves {
            var crest = 1 - abs(at(px, py) * 2 - 1) * 1.35
            crest = Curve.clamp(crest)
            crest *= crest
            sum += weight * crest * carry
            total += weight
            carry = Curve.clamp(crest * 1.6, 0.25, 1)
            weight *= 0.5
            let turned = px * 1.597 - py * 1.203
            py = px * 1.203 + py * 1.597 + 31.7
            px = turned + 11.3
        }
        return sum / total
    }
}
