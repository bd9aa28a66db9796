/// 64 bits that stay nearly the same when a picture is scaled, recompressed or recoloured a little: dHash, the signs of
/// brightness differences between neighbours on a 9×8 grid (Neal Krawetz, "Kind of Like That", 2013).
package struct PerceptualHash: Hashable, Sendable, CustomStringConvertible {
    package let bits: UInt64

    package init(bits: UInt64) { self.bits = bits }

    /// - Parameter grid: the picture squeezed into 9 × 8; nil for another size.
    package init?(grid: PixelImage) {
        guard grid.width == 9, grid.height == 8 else { return nil }
        var bits: UInt64 = 0
        for y in 0..<8 {
            for x in 0..<8 {
                let left = Self.brightness(grid, x, y), right = Self.brightness(grid, x + 1, y)
                bits = bits << 1 | (left > right ? 1 : 0)
            }
        }
        self.bits = bits
    }

    private static func brightness(_ image: PixelImage, _ x: Int, _ y: Int) -> Int {
        let start = (y * image.width + x) * 4
        return Int(image.rgba[start]) * 299 + Int(image.rgba[start + 1]) * 587 + Int(image.rgba[start + 2]) * 114
    }

    /// How many of the 64 differ: up to about 10 is the same picture.
    package func distance(to other: PerceptualHash) -> Int { (bits ^ other.bits).nonzeroBitCount }

    /// 16 hex digits.
    package var description: String {
        let text = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
