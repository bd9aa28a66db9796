/// A row of trees: conifers for mountains, round crowns for open country.
struct Treeline: Layer {
    enum Kind { case pine, round }

    let ink: Ink
    let haze: Ink
    let air: Float
    let level: Float
    let size: Float
    let count: Int
    let kind: Kind
    let spread: Float
    /// Frames the picture: trees at the sides only.
    var leavesMiddle = false
    /// The hill it grows on, instead of a level line.
    var hill: Hill?
    let random: PaintRandom

    func paint(on canvas: inout Canvas) {
        var random = random
        let noise = random.noise()
        for index in 0..<count {
            var x = (Float(index) + random.within(-0.8, 0.8)) / Float(count) * spread
            if leavesMiddle {
                x = index % 2 == 0 ? random.within(-0.05, 0.2) * spread : random.within(0.8, 1.05) * spread
            }
            let sway = noise.fractal(x * 2.2, 4, octaves: 3)
            let height = size * random.within(0.55, 1.15) * (0.6 + 0.8 * sway)
            let drop = random.within(0, size * 0.15)
            let base = hill.map { $0.crest(x) + drop + size * 0.12 } ?? (level + (sway - 0.5) * size * 0.5 + drop)
            if hill != nil, noise.at(x * 3.1, 12.5) < 0.47 { continue }  // copses, with open ground between
            let shade = ink.mixed(haze, Curve.clamp(air * random.within(0.7, 1.2)))
            switch kind {
            case .pine: pine(x, base, height, shade, noise, on: &canvas)
            case .round: crown(x, base, height, shade, noise, on: &canvas)
            }
        }
    }

    private func pine(_ x: Float, _ base: Float, _ height: Float, _ shade: Ink, _ noise: Noise, on canvas: inout Canvas)
    {
        let half = height * 0.19, pixel = canvas.pixel
        let tiers = 7 + Float(noise.hash(Int32(x * 4_000), 1) % 5)
        canvas.shade(left: x - half * 1.3, top: base - height, right: x + half * 1.3, bottom: base + height * 0.1) {
            px, py, under in
            let t = (base - py) / height
            let side: Float = px > x ? 1 : -1
            let ragged = noise.at(px / height * 16, py / height * 26) - 0.5
            let tier = Curve.fraction(t * tiers + side * 0.13 + abs(px - x) / half * 0.35)
            let reach =
                t < 0.06 ? half * 0.12 : half * (1 - t) * (0.50 + 0.5 * (1 - tier)) + ragged * half * 0.34 * (1 - t)
            let cover = Curve.clamp((reach - abs(px - x)) / pixel + 0.5)
            guard cover > 0, t > -0.1 else { return }
            under = under.mixed(shade * (0.92 + 0.25 * (1 - tier)), cover)
        }
    }

    private func crown(
        _ x: Float, _ base: Float, _ height: Float, _ shade: Ink, _ noise: Noise, on canvas: inout Canvas
    ) {
        let radius = height * 0.55, middle = base - height * 0.62, pixel = canvas.pixel
        canvas.shade(left: x - height, top: base - height * 1.5, right: x + height, bottom: base) { px, py, under in
            let dx = px - x, dy = (py - middle) * 1.05
            let leaf = noise.fractal(px / height * 4.5, py / height * 4.5, octaves: 3) - 0.5
            let distance = (dx * dx + dy * dy).squareRoot() - leaf * height * 0.55
            let trunk = abs(dx) < height * 0.05 && py > middle ? Float(1) : 0
            let cover = max(Curve.clamp((radius - distance) / pixel * 0.5 + 0.5), trunk)
            under = under.mixed(shade * (1 + leaf * 0.9 - dy / height * 0.35), cover)
        }
    }
}

/// A field of blossoms that grow and blur toward the viewer, on stems.
struct Flowers: Layer {
    let inks: [Ink]
    let stem: Ink
    let strength: Float
    let top: Float
    let count: Int
    let random: PaintRandom

    func paint(on canvas: inout Canvas) {
        var random = random
        let noise = random.noise()
        let depth = canvas.bottom + 0.06 - top
        for index in 0..<count {
            let near = Float(index) / Float(count)  // painted from far to near
            let t = near * near * near
            let x = random.within(-0.02, canvas.right + 0.02)
            let y = top + depth * (0.03 + 0.97 * t) + random.within(-0.02, 0.02)
            let patch = noise.fractal(x * 3 / (0.3 + t), t * 9, octaves: 2)
            let size = 0.0016 + 0.017 * t * random.within(0.7, 1.3)
            let ink = inks[min(Int(patch * 1.6 * Float(inks.count)) % inks.count, inks.count - 1)]
            let shine = random.within(0.75, 1.15) * strength
            if random.chance(patch > 0.36 ? 1 : 0.25) {
                blossom(
                    x, y, size, ink.mixed(Ink(repeating: 0.9), random.unit() * 0.25) * shine, turn: random.within(0, 6),
                    on: &canvas)
            } else {
                blade(x, y, size * 5, lean: random.within(-0.4, 0.4), on: &canvas)
            }
        }
    }

    private func blossom(_ x: Float, _ y: Float, _ size: Float, _ ink: Ink, turn: Float, on canvas: inout Canvas) {
        let pixel = canvas.pixel
        if size > 0.004 { blade(x, y + size * 5, size * 5, lean: 0.05, on: &canvas) }
        canvas.shade(left: x - size * 1.4, top: y - size, right: x + size * 1.4, bottom: y + size) { px, py, under in
            let dx = px - x, dy = (py - y) * 1.5
            let distance = (dx * dx + dy * dy).squareRoot()
            // Five petals without an arc tangent: the fifth power of the direction's complex number.
            let ux = dx / max(distance, 0.00001), uy = dy / max(distance, 0.00001)
            let ax = ux * ux - uy * uy, ay = 2 * ux * uy
            let bx = ax * ax - ay * ay, by = 2 * ax * ay
            let petal = (bx * ux - by * uy) * Curve.cosine(turn) + (bx * uy + by * ux) * Curve.sine(turn)
            let edge = size * (0.78 + 0.24 * petal)
            let cover = Curve.clamp((edge - distance) / pixel + 0.5)
            let heart = Curve.step(size * 0.3, size * 0.18, distance)
            let colour = (ink * (0.72 + 0.4 * distance / size)).mixed(Ink(hex: 0xf7c945) * strength, heart * 0.85)
            under = under.mixed(colour, cover)
        }
    }

    private func blade(_ x: Float, _ y: Float, _ height: Float, lean: Float, on canvas: inout Canvas) {
        let pixel = canvas.pixel, half = max(height * 0.035, pixel * 0.5)
        canvas.shade(left: x - height * 0.6, top: y - height, right: x + height * 0.6, bottom: y) { px, py, under in
            let t = (y - py) / height
            let middle = x + lean * height * t * t
            let cover = Curve.clamp((half * (1 - t) - abs(px - middle)) / pixel + 0.5)
            under = under.mixed(stem * (0.7 + 0.7 * t), cover * 0.9)
        }
    }
}
