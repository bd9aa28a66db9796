/// Where the light of a scene comes from.
struct Light {
    var x: Float
    var y: Float
    var radius: Float
    var isMoon: Bool
    /// How strong the light around the disc is, 0...1.
    var strength: Float
}

/// The air: a gradient from horizon to zenith that wavers a little, and the glow around the light.
struct Sky: Layer {
    let palette: Palette
    let horizon: Float
    let light: Light
    let noise: Noise

    func paint(on canvas: inout Canvas) {
        let ramp = Ramp([(0, palette.zenith), (0.42, palette.upper), (0.78, palette.lower), (1, palette.horizon)])
        canvas.shade { x, y, ink in
            let waver = noise.fractal(x * 1.3, y * 3.1, octaves: 3) - 0.5
            ink = ramp[y / horizon + waver * 0.14]
            let dx = (x - light.x) * 0.82, dy = y - light.y
            let square = dx * dx + dy * dy
            let wide = 0.34 / (1 + square * 14), close = 0.5 / (1 + square * 160)
            ink += palette.glow * ((wide + close) * light.strength)
        }
    }
}

/// The disc itself, over the sky and under the clouds: a sun with bloom, or a moon with seas and a phase.
struct Disc: Layer {
    let palette: Palette
    let light: Light
    /// −1...1: how far the shadow has moved over the moon; 1 is full.
    let phase: Float
    let noise: Noise

    func paint(on canvas: inout Canvas) {
        let r = light.radius, reach = r * 7, soft = canvas.pixel * 1.2
        canvas.shade(left: light.x - reach, top: light.y - reach, right: light.x + reach, bottom: light.y + reach) {
            x, y, ink in
            let dx = x - light.x, dy = y - light.y
            let distance = (dx * dx + dy * dy).squareRoot()
            let edge = Curve.step(r + soft, r - soft, distance)
            let fade = Curve.step(reach, r, distance)
            let halo = r * r / (distance * distance + r * r * 0.6) * fade * fade
            ink += palette.glow * (halo * (light.isMoon ? 0.32 : 0.75) * light.strength)
            guard edge > 0 else { return }
            guard light.isMoon else {
                ink = ink.mixed(palette.disc * 1.5, edge)
                return
            }
            let seas = noise.fractal(x / r * 1.1 + 3, y / r * 1.1, octaves: 5)
            let surface = palette.disc * (1.05 - 0.42 * Curve.step(0.5, 0.72, seas) - 0.12 * distance / r)
            let away = ((dx - r * 1.5 * phase) * (dx - r * 1.5 * phase) + dy * dy).squareRoot()
            let lit = phase >= 1 ? 1 : Curve.step(r * 0.96, r * 1.1, away)
            let night = palette.upper.mixed(palette.zenith, 0.4) * 0.8  // the unlit part hides the stars behind it
            ink = ink.mixed(night.mixed(surface, 0.04 + 0.96 * lit), edge * (0.35 + 0.65 * max(lit, 0.5)))
        }
    }
}

/// Stars in three sizes, the brightest with a soft halo, and a milky band when asked for.
struct Stars: Layer {
    let horizon: Float
    let density: Float
    /// Strength of the band of the galaxy, 0 for none, and its slope across the sky.
    let band: Float
    let slope: Float
    let random: PaintRandom
    let noise: Noise

    func paint(on canvas: inout Canvas) {
        if band > 0 { paintBand(on: &canvas) }
        var random = random
        let count = Int(density * 900 * canvas.right)
        for _ in 0..<count {
            let x = random.within(0, canvas.right), y = random.unit() * horizon
            let size = random.unit()
            let magnitude = size * size * size * size
            let warmth = random.unit()
            let near = bandStrength(x, y)
            let fade = Curve.step(horizon, horizon * 0.55, y)
            guard random.unit() < 0.55 + near else { continue }
            let ink = Ink(0.78, 0.86, 1).mixed(Ink(1, 0.86, 0.68), warmth * warmth)
            Stars.dot(
                x, y, radius: 0.0007 + magnitude * 0.0017, ink: ink * ((0.28 + magnitude * 1.5) * fade), on: &canvas)
        }
    }

    private func bandStrength(_ x: Float, _ y: Float) -> Float {
        guard band > 0 else { return 0 }
        let offset = (y - horizon * 0.42) - (x - 0.5) * slope
        return band * Curve.falloff(-offset * offset * 34)
    }

    private func paintBand(on canvas: inout Canvas) {
        canvas.shade(to: horizon) { x, y, ink in
            let strength = bandStrength(x, y)
            guard strength > 0.01 else { return }
            let dust = noise.fractal(x * 5 + y * 2, y * 5 - x * 2, octaves: 6)
            let veil = noise.fractal(x * 2.4 + 9, y * 2.4, octaves: 4)
            let cloud = Curve.step(0.3, 0.75, dust) * strength
            let colour = Ink(0.20, 0.24, 0.42).mixed(Ink(0.5, 0.34, 0.42), Curve.step(0.4, 0.7, veil))
            ink += colour * (cloud * 0.75 * Curve.step(horizon, horizon * 0.6, y))
        }
    }

    /// A point of light that is softer than a pixel, so that it is round at every size.
    static func dot(_ x: Float, _ y: Float, radius: Float, ink: Ink, on canvas: inout Canvas) {
        let core = max(radius, canvas.pixel * 0.62), reach = core * 3.4
        let power = (radius / core) * (radius / core)
        canvas.shade(left: x - reach, top: y - reach, right: x + reach, bottom: y + reach) { px, py, under in
            let square = ((px - x) * (px - x) + (py - y) * (py - y)) / (core * core)
            under += ink * (Curve.falloff(-square * 1.5) * max(power, 0.35))
        }
    }
}

/// A falling star: a bright head and a tail that thins out.
struct Meteor: Layer {
    let x: Float
    let y: Float
    let length: Float

    func paint(on canvas: inout Canvas) {
        let dx: Float = -0.86, dy: Float = 0.51  // where it is going
        canvas.shade(left: x - length, top: y - 0.02, right: x + length * 0.1, bottom: y + length * 0.62) {
            px, py, ink in
            let along = (px - x) * dx + (py - y) * dy
            let across = abs((px - x) * -dy + (py - y) * dx)
            let t = along / length
            guard t > 0, t < 1.02 else { return }
            let thickness = 0.0006 + 0.0022 * t * t
            ink +=
                Ink(0.9, 0.95, 1)
                * (Curve.falloff(-across * across / (thickness * thickness)) * t * t * 1.4 * Curve.step(1.02, 0.98, t))
        }
    }
}

/// Curtains of northern light: bright and green at their lower hem, violet where they thin out.
struct Aurora: Layer {
    let horizon: Float
    let colours: (low: Ink, high: Ink)
    let noise: Noise

    func paint(on canvas: inout Canvas) {
        canvas.shade(to: horizon) { x, y, ink in
            var light = Ink.zero
            for curtain in 0..<3 {
                let c = Float(curtain)
                let bend = noise.fractal(x * 1.15 + c * 7.7, c * 3.1 + y * 0.35, octaves: 3) - 0.5
                let hem = horizon * (0.50 + 0.17 * c) + bend * 0.55
                let up = hem - y
                let pleats = noise.fractal(x * 9 + bend * 9, c * 5.3 + y * 0.25, octaves: 4)
                let rays = Curve.step(0.28, 0.78, pleats)
                let body = up > 0 ? Curve.falloff(-up * 5.2) : Curve.falloff(-up * up * 2_600)
                let colour = colours.low.mixed(colours.high, Curve.step(0.02, 0.34, up))
                light += colour * (body * (0.18 + 0.82 * rays) * (0.62 - 0.13 * c))
            }
            ink += light * Curve.step(horizon * 1.02, horizon * 0.8, y)
        }
    }
}
