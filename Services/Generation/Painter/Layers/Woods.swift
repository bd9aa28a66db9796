/// The inside of a forest: rows of trunks that come out of the haze, leaves overhead, ground below.
struct Woods: Layer {
    let palette: Palette
    let light: Light
    let leaf: Ink
    let ground: Float
    let rows: Int
    let isBirch: Bool
    let random: PaintRandom

    func paint(on canvas: inout Canvas) {
        var random = random
        for row in 0..<rows {
            let near = Float(row) / Float(rows - 1)
            let noise = random.noise()
            let air = palette.horizon.mixed(palette.glow, 0.18)
            let tone = air.mixed(palette.far, near * 0.6).blended(palette.near, near * near * 0.93)
            let level = Curve.mix(ground, canvas.bottom * 0.985, near * near)
            floor(level, tone: tone, near: near, noise: noise, on: &canvas)
            let count = Int(Curve.mix(30, 5, near.squareRoot()) * canvas.right)
            for index in 0..<count {
                let x = (Float(index) + random.within(0.05, 0.95)) / Float(count) * canvas.right
                let half = Curve.mix(0.0035, 0.036, near * near) * random.within(0.6, 1.25)
                trunk(
                    x, half, foot: level + half, lean: random.within(-0.05, 0.05), tone: tone, near: near, noise: noise,
                    on: &canvas)
            }
            leaves(tone: tone.blended(leaf, 0.55 - 0.25 * near), near: near, noise: noise, on: &canvas)
        }
    }

    private func floor(_ level: Float, tone: Ink, near: Float, noise: Noise, on canvas: inout Canvas) {
        let pixel = canvas.pixel
        canvas.shade(from: level - 0.08) { x, y, ink in
            let top = level + (noise.fractal(x * 2.3, near * 7, octaves: 3) - 0.5) * 0.07
            let tuft =
                (noise.fractal(x * Curve.mix(190, 110, near), near * 40, octaves: 2) - 0.5)
                * Curve.mix(0.008, 0.045, near)
            let cover = Curve.clamp((y - top - tuft) / pixel * 0.7 + 0.5)
            guard cover > 0 else { return }
            let moss = noise.fractal(x * 11, y * 26, octaves: 4)
            let across = (x - light.x) / (0.18 + (y - level) * 0.6)
            let pool = Curve.falloff(-across * across) * (1 - near * 0.75) * Curve.step(0.35, 0.65, moss)
            var colour = tone.blended(leaf * (0.7 - 0.45 * near), 0.35) * (0.6 + 0.8 * moss)
            colour += palette.glow * (pool * 0.35)
            ink = ink.mixed(colour, cover)
        }
    }

    private func trunk(
        _ x: Float, _ half: Float, foot: Float, lean: Float, tone: Ink, near: Float, noise: Noise,
        on canvas: inout Canvas
    ) {
        let pixel = canvas.pixel, reach = half * 2.6 + abs(lean) * 0.6
        let lightSide: Float = light.x > x ? 1 : -1
        canvas.shade(left: x - reach, top: 0, right: x + reach, bottom: foot) { px, py, ink in
            let up = foot - py
            let bend = (noise.at(py * 2.1, x * 37) - 0.5) * half * 1.6 + lean * up * 0.6
            let flare = 1 + 1.1 * Curve.falloff(-up / half * 0.55) - up * 0.22
            let rough = (noise.at(px / half * 1.3, py / half * 0.9) - 0.5) * half * 0.22
            let radius = half * max(flare, 0.35)
            let off = px - x - bend
            let cover = Curve.clamp((radius + rough - abs(off)) / pixel + 0.5)
            guard cover > 0 else { return }
            let round = off / radius * lightSide
            var colour = tone
            if isBirch {
                let scar = noise.at(px / half * 0.7 + 9, py / half * 2.4)
                let bark = palette.cloudLight.mixed(tone, 0.25 + 0.4 * near) * (near > 0.8 ? 0.5 : 0.8)
                colour = bark.mixed(tone * 0.35, Curve.step(0.66, 0.74, scar))
            } else {
                colour *= 0.82 + 0.4 * noise.at(px / half * 3.2, py / half * 0.4)
            }
            colour += palette.glow * (Curve.step(0.25, 1, round) * (0.22 - 0.1 * near)) * (isBirch ? 1 : 0.8)
            colour *= 1 - 0.3 * Curve.step(0, -1, round)
            ink = ink.mixed(colour, cover)
        }
    }

    private func leaves(tone: Ink, near: Float, noise: Noise, on canvas: inout Canvas) {
        let low = Curve.mix(0.52, 0.34, near) * canvas.bottom
        let scale = Curve.mix(7, 3.4, near)
        canvas.shade(to: low) { x, y, ink in
            let mass = noise.fractal(x * scale * 0.45 + 50, y * scale * 0.5, octaves: 3)
            let leafy = noise.fractal(x * scale * 2.4 + 70, y * scale * 2.4, octaves: 4)
            let want = (low - y) / low
            let density = (mass - 0.5) * 1.7 + (leafy - 0.5) * 0.9 + want * 0.75
            let cover = Curve.step(0.36, 0.43, density)
            guard cover > 0 else { return }
            let dx = x - light.x, dy = y - light.y
            let through = Curve.falloff(-(dx * dx + dy * dy) * 9) * (1 - near * 0.6)
            var colour = tone * (0.55 + 0.9 * leafy)
            colour += (leaf * 0.7 + palette.glow * 0.35) * (through * Curve.step(0.4, 0.7, leafy) * 0.7)
            ink = ink.mixed(colour, cover * (0.65 + 0.3 * near))
        }
    }
}

/// Beams that fall from the light through leaves or clouds.
struct Shafts: Layer {
    let ink: Ink
    let x: Float
    let y: Float
    let length: Float
    let strength: Float
    let noise: Noise

    func paint(on canvas: inout Canvas) {
        canvas.shade(from: y, to: y + length) { px, py, under in
            let down = py - y
            guard down > 0.02 else { return }
            let angle = (px - x) / (down + 0.12)
            let ray = noise.fractal(angle * 6.5, 3.3, octaves: 3)
            let veil = noise.fractal(px * 3, py * 3, octaves: 3)
            let fade =
                Curve.step(length, length * 0.25, down) * Curve.step(0.02, 0.2, down)
                * Curve.step(1.5, 0.35, abs(angle))
            under += ink * (Curve.step(0.5, 0.78, ray) * fade * strength * (0.35 + 0.9 * veil))
        }
    }
}
