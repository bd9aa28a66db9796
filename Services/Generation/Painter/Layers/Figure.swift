/// A small dark figure against the light: it gives a scene its scale.
struct Figure: Layer {
    enum Kind { case boat, lighthouse, castle, cabin, cat, knoll, bird(Float) }

    let kind: Kind
    let x: Float
    /// Where it stands.
    let y: Float
    let size: Float
    let ink: Ink
    let lamp: Ink
    let mirrored: Bool

    func paint(on canvas: inout Canvas) {
        for part in parts {
            part.shape.placed(x: x, y: y, size: size, mirrored: mirrored).fill(on: &canvas) { _, _, cover, under in
                under = part.isLamp ? under.mixed(lamp, cover) : under.mixed(ink * part.shade, cover)
            }
        }
        if case .lighthouse = kind { beam(on: &canvas) }
    }

    private struct Part {
        var shape: Shape
        var shade: Float = 1
        var isLamp = false
    }

    private var parts: [Part] {
        func outline(_ numbers: [Float]) -> [SIMD2<Float>] {
            stride(from: 0, to: numbers.count, by: 2).map { SIMD2(numbers[$0], numbers[$0 + 1]) }
        }
        func box(_ l: Float, _ t: Float, _ r: Float, _ b: Float) -> Shape { Shape(outline([l, t, r, t, r, b, l, b])) }
        switch kind {
        case .boat:
            return [
                Part(shape: Shape(outline([18, 88, 82, 88, 74, 100, 28, 100]))), Part(shape: box(48.6, 10, 50, 90)),
                Part(shape: Shape(smooth: outline([51.5, 14, 55, 40, 76, 80, 64, 83, 51.5, 82])), shade: 2.6),
                Part(shape: Shape(smooth: outline([47, 26, 42, 56, 26, 82, 36, 84, 47, 82])), shade: 1.9),
            ]
        case .lighthouse:
            return [
                Part(shape: Shape(smooth: outline([-30, 104, -12, 96, 20, 90, 50, 87, 82, 91, 118, 97, 134, 104]))),
                Part(shape: Shape(outline([42, 90, 45.5, 26, 54.5, 26, 58, 90])), shade: 1.3),
                Part(shape: box(42.5, 23, 57.5, 26)),
                Part(shape: box(46, 14, 54, 23), isLamp: true),
                Part(shape: Shape(outline([44.5, 14, 50, 6, 55.5, 14]))),
                Part(shape: box(48.2, 40, 51.8, 45), isLamp: true), Part(shape: box(48.2, 60, 51.8, 65), isLamp: true),
            ]
        case .castle:
            let keeps: [(Float, Float, Float)] = [(18, 48, 7), (34, 30, 9), (52, 14, 10), (68, 36, 8), (82, 52, 7)]
            return [Part(shape: Shape(smooth: outline([-30, 108, 0, 96, 12, 84, 50, 78, 88, 84, 100, 96, 130, 108])))]
                + [Part(shape: box(14, 62, 86, 86))]
                + keeps.flatMap { keep in
                    [
                        Part(shape: box(keep.0 - keep.2 / 2, keep.1, keep.0 + keep.2 / 2, 84), shade: 0.92),
                        Part(
                            shape: Shape(
                                outline([
                                    keep.0 - keep.2 * 0.68, keep.1, keep.0, keep.1 - keep.2 * 1.7,
                                    keep.0 + keep.2 * 0.68, keep.1,
                                ]))),
                        Part(shape: box(keep.0 - 0.9, keep.1 + 5, keep.0 + 0.9, keep.1 + 9), isLamp: true),
                    ]
                }
        case .cabin:
            return [
                Part(shape: box(22, 62, 78, 100)), Part(shape: Shape(outline([12, 66, 50, 34, 88, 66]))),
                Part(shape: box(64, 32, 71, 56)),
                Part(shape: box(30, 72, 42, 84), isLamp: true), Part(shape: box(58, 72, 70, 84), isLamp: true),
                Part(shape: box(46, 76, 54, 100), shade: 0.6),
            ]
        case .cat:
            return [
                Part(
                    shape: Shape(
                        smooth: outline([
                            30, 100, 28, 84, 30.5, 68, 36, 56, 39.5, 48, 37.5, 41, 36.6, 33, 38, 19, 44, 26, 50, 27, 56,
                            26, 62, 19, 63.4, 33, 62.5, 41, 60, 48, 65, 59,
                            70, 74, 72, 88, 70, 98, 80, 97, 87, 90, 88, 80, 92, 78, 94, 86, 90, 97, 80, 102, 66, 101,
                        ])))
            ]
        case .knoll:
            return [
                Part(
                    shape: Shape(
                        smooth: outline([-160, 130, -90, 104, -30, 99, 50, 97.5, 130, 100, 190, 106, 260, 130])))
            ]
        case .bird(let beat):
            return [
                Part(
                    shape: Shape(
                        smooth: outline([
                            2, 70 - beat, 26, 62 - beat, 46, 80, 54, 80, 74, 60 - beat, 98, 68 - beat, 76,
                            70 - beat * 0.6, 55, 92, 45, 92, 25, 71 - beat * 0.6,
                        ])))
            ]
        }
    }

    private func beam(on canvas: inout Canvas) {
        let lampX = x, lampY = y - size * 0.815
        let side: Float = mirrored ? -1 : 1
        canvas.shade(from: lampY - 0.16, to: lampY + 0.16) { px, py, under in
            let along = (px - lampX) * side, across = abs(py - lampY + along * 0.06)
            let square = (px - lampX) * (px - lampX) + (py - lampY) * (py - lampY)
            under += lamp * (Curve.falloff(-square / (size * size) * 90) * 0.8)
            guard along > 0 else { return }
            let half = 0.006 + along * 0.085
            under += lamp * (Curve.step(half, half * 0.1, across) * 0.32 * Curve.step(0.95, 0, along))
        }
    }
}

/// A hot-air balloon with gores in the palette's accents.
struct Balloon: Layer {
    let x: Float
    let y: Float
    let radius: Float
    let inks: [Ink]
    let lightFromRight: Bool
    let strength: Float

    func paint(on canvas: inout Canvas) {
        let pixel = canvas.pixel, r = radius
        canvas.shade(left: x - r * 1.1, top: y - r * 1.1, right: x + r * 1.1, bottom: y + r * 2.1) { px, py, ink in
            let v = (py - y) / r
            let half =
                v < 0
                ? r * (1 - min(v * v, 1)).squareRoot() : r * Curve.mix(1, 0.22, Curve.step(0, 1.25, v)) * (1 - 0.12 * v)
            if v < 1.22 {
                let cover = Curve.clamp((half - abs(px - x)) / pixel + 0.5)
                guard cover > 0 else { return }
                let u = Curve.clamp((px - x) / max(half, 0.0001), -0.999, 0.999)
                // The gores narrow toward the edge as they would on a sphere.
                let angle = u * (1 + 0.35 * u * u)
                let gore = Int(Curve.floor((angle + 1.4) * 3.4)) % inks.count
                let light = 0.62 + 0.5 * u * (lightFromRight ? 1 : -1) - 0.22 * v
                ink = ink.mixed(inks[gore] * (Curve.clamp(light, 0.15, 1.3) * strength), cover)
            } else if v > 1.62, v < 1.95, abs(px - x) < r * 0.17 {
                ink = Ink(hex: 0x4a3526) * strength
            } else if v <= 1.62, abs(abs(px - x) - r * 0.15) < pixel * 0.6 {
                ink = ink.mixed(Ink(hex: 0x2b2320), 0.6)
            }
        }
    }
}

/// A head in profile that holds a landscape, on a field of paper and light: a double exposure.
struct Profile: Layer {
    let inner: [any Layer]
    let paper: Ramp
    let halo: Ink
    let edge: Ink
    let mirrored: Bool
    let hasBun: Bool
    let noise: Noise

    func paint(on canvas: inout Canvas) {
        let cx = canvas.right / 2, bottom = canvas.bottom
        canvas.shade { x, y, ink in
            let cloth = noise.fractal(x * 2, y * 2, octaves: 5) - 0.5
            ink = paper[y / bottom + cloth * 0.25]
            let dx = x - cx - (mirrored ? -0.05 : 0.05), dy = y - bottom * 0.42
            let distance = (dx * dx + dy * dy).squareRoot()
            let disc = Curve.step(0.345 + soft, 0.345 - soft, distance)
            ink = ink.mixed(halo * (0.92 + cloth * 0.4), disc * 0.85)
        }
        var world = Canvas(width: canvas.width, height: canvas.height)
        for layer in inner { layer.paint(on: &world) }
        for outline in outlines {
            let shape = Shape(smooth: outline).placed(
                x: cx + (mirrored ? 0.03 : -0.03), y: bottom + 0.005, size: 0.92 * min(bottom, 1), mirrored: mirrored)
            shape.fill(on: &canvas) { x, y, cover, ink in
                let fade = Curve.step(
                    bottom * 1.01, bottom * 0.80, y + (noise.fractal(x * 5, y * 5, octaves: 4) - 0.5) * 0.16)
                let colour = world.sample(x, y)
                let dense = colour.mixed(edge, 0.16)
                ink = ink.mixed(dense, cover * Curve.mix(0.12, 1, fade))
            }
        }
    }

    private let soft: Float = 0.001

    private var outlines: [[SIMD2<Float>]] {
        let face: [Float] = [
            46, 7, 58, 7.5, 68, 12, 74.5, 20, 76.5, 28, 76.2, 33, 75.4, 36.6, 77.4, 42, 80.2, 46.6, 80.4, 49.2, 78.6,
            50.8, 76.9, 51.6, 76.9, 54.2, 78.9, 56.6, 78.8,
            58.4, 77.5, 59.5, 78.5, 61.2, 77.8, 63.4, 75.8, 65, 76.4, 68, 75.2, 72, 71, 74.4, 64, 74.2, 58.5, 76.5,
            57.4, 82, 60, 88, 68, 93, 80, 99, 84, 106, 10,
            106, 12, 98, 22, 91.5, 33, 87.5, 36, 81, 33.5, 72, 27, 63, 21.5, 52, 19.5, 39, 22, 26, 29, 15, 37, 9,
        ]
        let bun: [Float] = [18, 10, 27, 8, 33, 14, 32, 23, 24, 28, 15, 26, 11, 19, 13, 13]
        return ([face] + (hasBun ? [bun] : [])).map { numbers in
            stride(from: 0, to: numbers.count, by: 2).map { SIMD2(numbers[$0], numbers[$0 + 1]) }
        }
    }
}
