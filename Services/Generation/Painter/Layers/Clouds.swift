/// Clouds seen in perspective: wide overhead, flattened toward the horizon, lit from where the light stands.
struct Clouds: Layer {
    let palette: Palette
    let horizon: Float
    let light: Light
    /// 0 clear ... 1 overcast.
    let cover: Float
    let detail: Int
    let noise: Noise
    let warp: Noise

    func paint(on canvas: inout Canvas) {
        let threshold = 0.64 - 0.26 * cover
        canvas.shade(to: horizon) { x, y, ink in
            let height = (horizon - y) / horizon
            let distance = 1 / (height + 0.16)
            let px = (x - 0.5) * distance * 0.95 + 4, py = distance * 2.1
            let bend = warp.fractal(px * 0.8, py * 0.8, octaves: 3) - 0.5
            let density = noise.fractal(px + bend * 0.9, py + bend * 0.7, octaves: detail)
            let body = Curve.step(threshold, threshold + 0.2, density)
            guard body > 0.002 else { return }
            let tx = light.x - x, ty = light.y - y
            let away = (tx * tx + ty * ty).squareRoot() + 0.02
            let reach: Float = 0.16
            let qx: Float = px + bend * 0.9 + tx / away * reach
            let qy: Float = py + bend * 0.7 - ty / away * reach * 1.4
            let toward = noise.fractal(qx, qy, octaves: max(3, detail - 2))
            let lit = Curve.clamp(0.52 + (density - toward) * 3.4 - (density - threshold) * 0.7)
            var colour = palette.cloudShade.mixed(palette.cloudLight, lit)
            let shine: Float = light.strength * 0.5 * (1 - body * 0.6) / (1 + away * away * 26)
            colour += palette.glow * shine
            colour = colour.mixed(palette.horizon, Curve.step(0.32, 0, height) * 0.75)
            ink = ink.mixed(colour, body * (0.94 - 0.3 * Curve.step(0.12, 0, height)))
        }
    }
}

/// A bank of mist that hangs along a height: it swallows what was painted before it.
struct Mist: Layer {
    let ink: Ink
    let middle: Float
    let spread: Float
    let strength: Float
    let noise: Noise

    func paint(on canvas: inout Canvas) {
        canvas.shade(from: middle - spread * 2.4, to: middle + spread * 2.4) { x, y, under in
            let away = (y - middle) / spread
            let veil = noise.fractal(x * 2.2, y * 7.5, octaves: 4)
            let amount = Curve.falloff(-away * away) * strength * Curve.step(0.16, 0.72, veil)
            under = under.mixed(ink, Curve.clamp(amount))
        }
    }
}

/// Rain or snow between the viewer and the scene, in three distances.
struct Precipitation: Layer {
    let isSnow: Bool
    let ink: Ink
    let random: PaintRandom

    func paint(on canvas: inout Canvas) {
        var random = random
        isSnow ? snow(on: &canvas, &random) : rain(on: &canvas, &random)
    }

    private func snow(on canvas: inout Canvas, _ random: inout PaintRandom) {
        for _ in 0..<Int(520 * canvas.right) {
            let near = random.unit() * random.unit() * random.unit()
            let radius = 0.0012 + 0.0075 * near
            let strength = 0.75 - 0.45 * near
            let x = random.within(0, canvas.right), y = random.within(0, canvas.bottom)
            canvas.shade(left: x - radius * 2, top: y - radius * 2, right: x + radius * 2, bottom: y + radius * 2) {
                px, py, under in
                let square = ((px - x) * (px - x) + (py - y) * (py - y)) / (radius * radius)
                under = under.mixed(ink, Curve.falloff(-square * square * 0.8) * strength)
            }
        }
    }

    private func rain(on canvas: inout Canvas, _ random: inout PaintRandom) {
        let soft = canvas.pixel * 0.7
        for _ in 0..<Int(900 * canvas.right) {
            let near = random.unit() * random.unit()
            let length = 0.02 + 0.07 * near, slant: Float = 0.16
            let x = random.within(-0.02, canvas.right), y = random.within(-0.1, canvas.bottom)
            let half = 0.0005 + 0.0007 * near, strength = 0.09 + 0.15 * near
            canvas.shade(left: x - 0.003, top: y, right: x + length * slant + 0.003, bottom: y + length) {
                px, py, under in
                let t = (py - y) / length
                let across = abs(px - x - (py - y) * slant)
                let body = Curve.step(half + soft, half - soft * 0.5, across)
                under = under.mixed(ink, body * strength * t)
            }
        }
    }
}
