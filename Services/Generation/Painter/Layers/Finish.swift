/// The last pass: light that spills over, a curve, darker corners, and film grain that also hides banding.
struct Finish: Layer {
    let bloom: Float
    let vignette: Float
    let grain: Float
    let contrast: Float
    let noise: Noise

    func paint(on canvas: inout Canvas) {
        let spill = bloom > 0 ? Glare(of: canvas) : nil
        let cx = canvas.right / 2, cy = canvas.bottom / 2
        let corner = cx * cx + cy * cy, pixel = canvas.pixel
        canvas.shade { x, y, ink in
            if let spill { ink += spill.at(x, y) * bloom }
            let dx = x - cx, dy = y - cy
            let edge = (dx * dx + dy * dy) / corner
            ink *= 1 - vignette * edge * edge
            ink = Self.shoulder(ink)
            let light = ink.luminance.squareRoot()
            ink = ink.mixed(ink * (0.55 + 0.9 * light), contrast)
            let column = Int32(x / pixel), row = Int32(y / pixel)
            let speck = noise.cell(column, row) + noise.cell(column &+ 7_919, row) - 1
            ink += Ink(repeating: speck * grain * (0.25 + light)) * (light + 0.06)
        }
    }

    /// Bends what is brighter than paper back toward it, keeping its hue.
    @inline(__always) private static func shoulder(_ ink: Ink) -> Ink {
        let peak = max(ink.x, max(ink.y, ink.z))
        guard peak > 0.8 else { return ink }
        let over = peak - 0.8
        let bent = 0.8 + 0.2 * over / (over + 0.2)
        let pale = ink * (bent / peak)
        return pale.mixed(Ink(repeating: bent), Curve.clamp(over * 0.45))
    }
}

/// What is bright enough to dazzle, blurred: an eighth of the size, three box blurs, which come close to a Gaussian.
struct Glare {
    private let width: Int
    private let height: Int
    private let cell: Float
    private var inks: [Ink]

    init(of canvas: Canvas) {
        let factor = 8
        width = max(canvas.width / factor, 2)
        height = max(canvas.height / factor, 2)
        cell = canvas.pixel * Float(factor)
        inks = Array(repeating: .zero, count: width * height)
        for row in 0..<(height * factor) where row < canvas.height {
            for column in 0..<(width * factor) where column < canvas.width {
                let ink = canvas[column, row]
                let over = Curve.step(0.55, 1.3, ink.luminance)
                if over > 0 { inks[row / factor * width + column / factor] += ink * (over / Float(factor * factor)) }
            }
        }
        for _ in 0..<3 {
            blur(radius: max(width / 30, 1), lines: height, length: width, stride: 1, jump: width)
            blur(radius: max(width / 30, 1), lines: width, length: height, stride: width, jump: 1)
        }
    }

    private mutating func blur(radius: Int, lines: Int, length: Int, stride: Int, jump: Int) {
        var line = [Ink](repeating: .zero, count: length)
        let share = 1 / Float(2 * radius + 1)
        for index in 0..<lines {
            for place in 0..<length { line[place] = inks[index * jump + place * stride] }
            var sum = Ink.zero
            for place in -radius...radius { sum += line[min(max(place, 0), length - 1)] }
            for place in 0..<length {
                inks[index * jump + place * stride] = sum * share
                sum += line[min(place + radius + 1, length - 1)] - line[max(place - radius, 0)]
            }
        }
    }

    @inline(__always) func at(_ x: Float, _ y: Float) -> Ink {
        let px = Curve.clamp(x / cell - 0.5, 0, Float(width) - 1.001),
            py = Curve.clamp(y / cell - 0.5, 0, Float(height) - 1.001)
        let column = Int(px), row = Int(py)
        let fx = px - Float(column), fy = py - Float(row)
        let start = row * width + column
        return inks[start].mixed(inks[start + 1], fx).mixed(inks[start + width].mixed(inks[start + width + 1], fx), fy)
    }
}
