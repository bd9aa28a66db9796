/// A closed outline with round or sharp corners, filled without stair-steps.
struct Shape {
    private let points: [SIMD2<Float>]

    init(_ points: [SIMD2<Float>]) { self.points = points }

    /// A Catmull–Rom curve through the points.
    init(smooth knots: [SIMD2<Float>]) {
        var points: [SIMD2<Float>] = []
        let count = knots.count
        for index in 0..<count {
            let a = knots[(index + count - 1) % count], b = knots[index]
            let c = knots[(index + 1) % count], d = knots[(index + 2) % count]
            for step in 0..<10 {
                let t = Float(step) / 10
                let s1: SIMD2<Float> = (c - a) * (0.5 * t)
                let s2: SIMD2<Float> = (a * 2 - b * 5 + c * 4 - d) * (0.5 * t * t)
                let s3: SIMD2<Float> = (b * 3 - a - c * 3 + d) * (0.5 * t * t * t)
                points.append(b + s1 + s2 + s3)
            }
        }
        self.points = points
    }

    /// Drawn in a box of 100 × 100 units: scaled, mirrored if asked, and moved.
    func placed(x: Float, y: Float, size: Float, mirrored: Bool = false) -> Shape {
        Shape(points.map { SIMD2(x + ($0.x - 50) / 100 * size * (mirrored ? -1 : 1), y + ($0.y - 100) / 100 * size) })
    }

    /// Visits the pixels inside; the brush gets how much of the pixel is covered, 0...1.
    func fill(on canvas: inout Canvas, _ brush: (Float, Float, Float, inout Ink) -> Void) {
        let top = points.map(\.y).min() ?? 0, low = points.map(\.y).max() ?? 0
        let first = max(Int((top / canvas.pixel).rounded(.down)), 0)
        let last = min(Int((low / canvas.pixel).rounded(.up)), canvas.height)
        guard first < last else { return }
        var cover = [Float](repeating: 0, count: canvas.width)
        for row in first..<last {
            for column in cover.indices { cover[column] = 0 }
            for line in 0..<4 {
                let y = (Float(row) + (Float(line) + 0.5) / 4) * canvas.pixel
                let crossings = crossings(at: y).map { $0 / canvas.pixel }
                for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
                    Self.add(from: crossings[pair], to: crossings[pair + 1], into: &cover)
                }
            }
            let y = (Float(row) + 0.5) * canvas.pixel
            for column in cover.indices where cover[column] > 0 {
                brush((Float(column) + 0.5) * canvas.pixel, y, min(cover[column], 1), &canvas[column, row])
            }
        }
    }

    private func crossings(at y: Float) -> [Float] {
        var found: [Float] = []
        var before = points[points.count - 1]
        for point in points {
            if (before.y <= y) != (point.y <= y) {
                found.append(before.x + (point.x - before.x) * (y - before.y) / (point.y - before.y))
            }
            before = point
        }
        return found.sorted()
    }

    private static func add(from left: Float, to right: Float, into cover: inout [Float]) {
        let a = Curve.clamp(left, 0, Float(cover.count)), b = Curve.clamp(right, 0, Float(cover.count))
        guard b > a else { return }
        for column in Int(a)..<min(Int(b) + 1, cover.count) {
            let share = min(b, Float(column) + 1) - max(a, Float(column))
            if share > 0 { cover[column] += share * 0.25 }
        }
    }
}
