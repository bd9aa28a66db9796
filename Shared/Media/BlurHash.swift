import Glibc

/// A picture in a few characters, for clients to show while the real one loads.
///
/// The algorithm is BlurHash by Dag Ågren and Wolt (https://github.com/woltapp/blurhash, Algorithm.md): a discrete cosine
/// transform of the linear colours, quantised and written in base 83.
package enum BlurHash {
    private static let alphabet = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~".utf8)

    /// - Parameters:
    ///   - image: best a small one, 32 pixels a side are plenty.
    ///   - across: components horizontally and
    ///   - down: vertically, 1...9 each.
    package static func encode(_ image: PixelImage, across: Int = 4, down: Int = 3) -> String {
        let across = min(max(across, 1), 9), down = min(max(down, 1), 9)
        let light = image.rgba.map { linear(Float($0) / 255) }
        var factors: [SIMD3<Float>] = []
        for j in 0..<down {
            for i in 0..<across { factors.append(factor(image, light, i, j)) }
        }
        var result: [UInt8] = []
        append(UInt32(across - 1 + (down - 1) * 9), digits: 1, to: &result)
        var largest: Float = 1
        if factors.count > 1 {
            let peak = factors.dropFirst().map { max(abs($0.x), max(abs($0.y), abs($0.z))) }.max() ?? 0
            let quantised = min(max(floorf(peak * 166 - 0.5), 0), 82)
            largest = (quantised + 1) / 166
            append(UInt32(quantised), digits: 1, to: &result)
        } else {
            append(0, digits: 1, to: &result)
        }
        let mean = factors[0]
        append(stored(mean.x) << 16 | stored(mean.y) << 8 | stored(mean.z), digits: 4, to: &result)
        for factor in factors.dropFirst() {
            let parts = [factor.x, factor.y, factor.z].map {
                UInt32(min(max(floorf(signedRoot($0 / largest) * 9 + 9.5), 0), 18))
            }
            append(parts[0] * 361 + parts[1] * 19 + parts[2], digits: 2, to: &result)
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func factor(_ image: PixelImage, _ light: [Float], _ i: Int, _ j: Int) -> SIMD3<Float> {
        let columns = (0..<image.width).map { cosf(Float.pi * Float(i) * Float($0) / Float(image.width)) }
        let rows = (0..<image.height).map { cosf(Float.pi * Float(j) * Float($0) / Float(image.height)) }
        var sum = SIMD3<Float>.zero
        for y in 0..<image.height {
            for x in 0..<image.width {
                let start = (y * image.width + x) * 4
                sum += SIMD3(light[start], light[start + 1], light[start + 2]) * (columns[x] * rows[y])
            }
        }
        return sum * ((i == 0 && j == 0 ? 1 : 2) / Float(image.width * image.height))
    }

    private static func append(_ value: UInt32, digits: Int, to result: inout [UInt8]) {
        var divisor: UInt32 = 1
        for _ in 1..<max(digits, 1) { divisor *= 83 }
        for _ in 0..<digits {
            result.append(alphabet[Int(value / divisor % 83)])
            divisor = max(divisor / 83, 1)
        }
    }

    private static func signedRoot(_ value: Float) -> Float { value < 0 ? -sqrtf(-value) : sqrtf(value) }

    private static func linear(_ value: Float) -> Float {
        value <= 0.04045 ? value / 12.92 : powf((value + 0.055) / 1.055, 2.4)
    }

    private static func stored(_ value: Float) -> UInt32 {
        let v = min(max(value, 0), 1)
        return UInt32((v <= 0.003_130_8 ? v * 12.92 : 1.055 * powf(v, 1 / 2.4) - 0.055) * 255 + 0.5)
    }
}
