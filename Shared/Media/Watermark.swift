/// The mark on pictures of the free tier: an open circle with a leaf's point and the word *circle*, white with a soft shadow.
///
/// It is drawn from shapes, not from a font, so that it looks the same on every machine and needs no font libraries.
enum Watermark {
    struct Placed {
        let image: PixelImage
        let x: Int
        let y: Int
    }

    /// Scaled to the picture: its height is a twentieth of the shorter side.
    static func drawn(forWidth width: Int, height: Int) -> Placed {
        let size = max(min(width, height) / 20, 8)
        let markWidth = min(size * 17 / 4, width), markHeight = min(size * 3 / 2, height)
        var rgba = [UInt8](repeating: 0, count: markWidth * markHeight * 4)
        let scale = Float(size), shadow = max(0.04, 1 / scale)
        for row in 0..<markHeight {
            for column in 0..<markWidth {
                let x = (Float(column) + 0.5) / scale - 0.25, y = (Float(row) + 0.5) / scale - 0.25
                let soft = 0.5 / scale
                let ink = cover(distance(x, y), soft: soft)
                let under = cover(distance(x - shadow, y - shadow) - 0.02, soft: 0.09)
                let alpha = ink * 0.82 + (1 - ink) * under * 0.34
                guard alpha > 0.002 else { continue }
                let white = UInt8(255 * ink * 0.82 / alpha)
                let start = (row * markWidth + column) * 4
                rgba[start] = white
                rgba[start + 1] = white
                rgba[start + 2] = white
                rgba[start + 3] = UInt8(255 * alpha)
            }
        }
        let image = PixelImage(width: markWidth, height: markHeight, rgba: rgba)
        let margin = size / 3
        return Placed(
            image: image ?? PixelImage(width: 1, height: 1, rgba: [0, 0, 0, 0])!,
            x: max(width - markWidth - margin / 2, 0),
            y: max(height - markHeight - margin / 4, 0))
    }

    private static func cover(_ distance: Float, soft: Float) -> Float {
        let t = min(max((soft - distance) / (2 * soft), 0), 1)
        return t * t * (3 - 2 * t)
    }

    /// How far a point is from the drawing, below 0 inside; the ring's box is 1 × 1, the letters follow to its right.
    private static func distance(_ x: Float, _ y: Float) -> Float {
        var nearest = arc(x - 0.5, y - 0.5, radius: 0.4, width: 0.075, opening: 0.18)
        nearest = min(nearest, length(x - 0.86, y - 0.36) - 0.085)
        var left: Float = 1.28
        for letter in "circle" {
            nearest = min(nearest, glyph(letter, x - left, y))
            left += letter == "i" || letter == "l" ? 0.24 : (letter == "r" ? 0.38 : 0.47)
        }
        return nearest
    }

    /// Letters of strokes, x-height 0.4 standing on 0.72.
    private static func glyph(_ letter: Character, _ x: Float, _ y: Float) -> Float {
        let stroke: Float = 0.042, r: Float = 0.165
        let cx = x - 0.19, cy = y - 0.555
        switch letter {
        case "c": return arc(cx, cy, radius: r, width: stroke, opening: 0.11)
        case "e": return min(ringBelow(cx, cy, r, stroke), segment(cx, cy, -r, 0, r, 0) - stroke)
        case "i":
            return min(segment(x - 0.08, y, 0, 0.40, 0, 0.72) - stroke, length(x - 0.08, y - 0.27) - stroke * 1.25)
        case "l": return segment(x - 0.08, y, 0, 0.18, 0, 0.72) - stroke
        case "r": return min(segment(x - 0.06, y, 0, 0.40, 0, 0.72) - stroke, hook(x - 0.06, y - 0.555, stroke))
        default: return 1
        }
    }

    private static func length(_ x: Float, _ y: Float) -> Float { (x * x + y * y).squareRoot() }

    private static func segment(_ x: Float, _ y: Float, _ ax: Float, _ ay: Float, _ bx: Float, _ by: Float) -> Float {
        let dx = bx - ax, dy = by - ay
        let t = min(max(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy), 0), 1)
        return length(x - ax - dx * t, y - ay - dy * t)
    }

    /// A ring open to the right.
    private static func arc(_ x: Float, _ y: Float, radius: Float, width: Float, opening: Float) -> Float {
        let ends = min(length(x - radius * 0.8, y - opening), length(x - radius * 0.8, y + opening))
        let isOpen = x > radius * 0.6 && abs(y) < opening
        return (isOpen ? ends : abs(length(x, y) - radius)) - width
    }

    /// The bowl of an *e*: a ring without its lower right eighth.
    private static func ringBelow(_ x: Float, _ y: Float, _ radius: Float, _ width: Float) -> Float {
        let isGap = x > 0 && y > 0 && y < x * 0.75
        let end = length(x - radius * 0.8, y - radius * 0.6)
        let start = length(x - radius, y)
        return (isGap ? min(end, start) : abs(length(x, y) - radius)) - width
    }

    private static func hook(_ x: Float, _ y: Float, _ width: Float) -> Float {
        let cx = x - 0.13
        let isKept = y < 0 && cx < 0.1
        return (isKept ? abs(length(cx, y) - 0.13) : min(length(cx - 0.09, y + 0.095), length(cx + 0.13, y))) - width
    }
}
