/// The pixels under the brush, in linear light. Coordinates are in units of the shorter side: x from 0 at the left, y from
/// 0 at the top, so that a picture looks the same at any size.
struct Canvas {
    let width: Int
    let height: Int
    /// The length of a pixel's side.
    let pixel: Float
    private(set) var inks: [Ink]

    var right: Float { Float(width) * pixel }
    var bottom: Float { Float(height) * pixel }

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        pixel = 1 / Float(min(width, height))
        inks = Array(repeating: .zero, count: width * height)
    }

    subscript(column: Int, row: Int) -> Ink {
        get { inks[row * width + column] }
        set { inks[row * width + column] = newValue }
    }

    /// Visits every pixel between two heights.
    @inline(__always)
    mutating func shade(from top: Float = 0, to low: Float = 1_000, _ brush: (Float, Float, inout Ink) -> Void) {
        shade(left: 0, top: top, right: 1_000, bottom: low, brush)
    }

    /// Visits every pixel of a box, cut off at the edges of the canvas.
    @inline(__always)
    mutating func shade(
        left: Float, top: Float, right: Float, bottom: Float, _ brush: (Float, Float, inout Ink) -> Void
    ) {
        let columns = span(left, right, width), rows = span(top, bottom, height)
        guard !columns.isEmpty, !rows.isEmpty else { return }
        for row in rows {
            let y = (Float(row) + 0.5) * pixel
            let start = row * width
            for column in columns { brush((Float(column) + 0.5) * pixel, y, &inks[start + column]) }
        }
    }

    /// The colour at a place, mixed from its four neighbours; places outside are moved to the nearest edge.
    @inline(__always) func sample(_ x: Float, _ y: Float) -> Ink {
        let px = Curve.clamp(x / pixel - 0.5, 0, Float(width) - 1.001)
        let py = Curve.clamp(y / pixel - 0.5, 0, Float(height) - 1.001)
        let column = Int(px), row = Int(py)
        let fx = px - Float(column), fy = py - Float(row)
        let start = row * width + column
        let top = inks[start].mixed(inks[start + 1], fx)
        let low = inks[start + width].mixed(inks[start + width + 1], fx)
        return top.mixed(low, fy)
    }

    private func span(_ low: Float, _ high: Float, _ count: Int) -> Range<Int> {
        let first = Int(Curve.clamp((low / pixel).rounded(.down), 0, Float(count)))
        let last = Int(Curve.clamp((high / pixel).rounded(.up), 0, Float(count)))
        return first..<max(first, last)
    }

    /// Red, green, blue and alpha bytes as screens store them.
    func encoded() -> [UInt8] {
        let table = (0...4_095).map { UInt8(Curve.clamp(Tone.stored(Float($0) / 4_095) * 255 + 0.5, 0, 255)) }
        var bytes = [UInt8](repeating: 255, count: width * height * 4)
        for index in 0..<(width * height) {
            let ink = inks[index].clamped(lowerBound: .zero, upperBound: Ink(repeating: 1)) * 4_095
            bytes[index * 4] = table[Int(ink.x)]
            bytes[index * 4 + 1] = table[Int(ink.y)]
            bytes[index * 4 + 2] = table[Int(ink.z)]
        }
        return bytes
    }
}

/// One step of a painting: it sees what lies under it and paints over that.
protocol Layer {
    func paint(on canvas: inout Canvas)
}
