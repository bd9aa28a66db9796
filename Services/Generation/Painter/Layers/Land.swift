/// One range of mountains: a jagged crest, spurs that catch the light, snow, and haze that thickens toward its foot.
struct Ridge: Layer {
    let palette: Palette
    let light: Light
    /// The height its foot stands at and how far its peaks rise above that.
    let foot: Float
    let rise: Float
    let frequency: Float
    /// 0 far ... 1 near.
    let nearness: Float
    let snow: Float
    let detail: Int
    let noise: Noise
    let spurs: Noise

    func crest(_ x: Float) -> Float {
        let peaks = noise.ridged(x * frequency, 3.7, octaves: detail)
        let mass = noise.fractal(x * frequency * 0.55 + 40, 9.1, octaves: 3)
        return foot - rise * (0.15 + 0.62 * peaks + 0.75 * (mass - 0.35))
    }

    func paint(on canvas: inout Canvas) {
        let haze = palette.horizon.mixed(palette.far, 0.35 + 0.4 * nearness)
        let body = palette.far.blended(palette.near, Curve.step(0, 1, nearness) * 0.92)
        let bright = body.mixed(palette.glow.mixed(palette.cloudLight, 0.4), palette.isDark ? 0.10 : 0.30) * 1.15
        let dark = body.mixed(palette.cloudShade * 0.4, 0.35) * 0.72
        let snowLit = palette.cloudLight.mixed(Ink(repeating: 0.92), palette.isDark ? 0 : 0.4)
        let snowDark = palette.cloudShade.mixed(palette.far, 0.3)
        let crests = (-1...canvas.width).map { crest((Float($0) + 0.5) * canvas.pixel) }
        let highest = crests.min() ?? 0, pixel = canvas.pixel
        canvas.shade(from: highest - pixel * 2) { x, y, ink in
            let column = Int(x / pixel)
            let top = crests[column + 1]
            guard y > top - pixel * 2 else { return }
            let slope = (crests[column + 2] - crests[column]) / (2 * pixel)
            let cover = Curve.clamp((y - top) / pixel / (1 + slope * slope).squareRoot() + 0.5)
            guard cover > 0 else { return }
            let below = y - top
            // Which side the light stands on; it turns softly under the light, or a seam would show there.
            let side = Curve.step(light.x + 0.16, light.x - 0.16, x) * 2 - 1
            let sway = spurs.fractal(x * frequency * 1.2, y * frequency * 1.2, octaves: 3) - 0.5
            let u = x * frequency * 2.3 + sway * 1.3 + below * frequency * 0.35 * side, v = below * frequency * 1.9
            let here = spurs.ridged(u, v, octaves: detail),
                there = spurs.ridged(u + 0.07 * side, v - 0.05, octaves: detail)
            // The crest's own slope lights what lies just below it, and fades before it draws streaks down the wall.
            let lean = slope * side * 0.16 * Curve.falloff(-below / rise * 4)
            let lit = Curve.clamp(0.42 + (here - there) * 3.2 - lean - below / rise * 0.12)
            var colour = dark.mixed(bright, lit)
            if snow > 0 {
                let level = (foot - y) / rise
                let line = 1 - snow + (here - 0.4) * 0.5 + sway * 0.35
                let white = Curve.step(line - 0.05, line + 0.1, level) * Curve.step(0.08, 0.3, lit + 0.18)
                colour = colour.mixed(snowDark.mixed(snowLit, lit), white)
            }
            let air = (1 - nearness) * 0.5 + Curve.step(0, rise * 1.05, below) * (0.75 - 0.35 * nearness)
            ink = ink.mixed(colour.mixed(haze, Curve.clamp(air)), cover)
        }
    }
}

/// A soft hill or dune; its crest line divides light from shade.
struct Hill: Layer {
    let lit: Ink
    let shade: Ink
    let haze: Ink
    let level: Float
    let rise: Float
    let frequency: Float
    /// How strongly the far air veils it, 0...1.
    let air: Float
    /// Wind ripples for sand, blades for grass.
    let texture: Texture
    let lightFromRight: Bool
    let noise: Noise

    enum Texture { case sand, grass, plain }

    func crest(_ x: Float) -> Float {
        let swell = noise.fractal(x * frequency, 2.3, octaves: texture == .sand ? 2 : 3)
        let sharp = 1 - abs(noise.at(x * frequency * 0.8 + 31, 5.5) * 2 - 1)
        return level - rise * (texture == .sand ? 0.4 * swell + 0.9 * sharp * sharp - 0.3 : swell * 1.6 - 0.4)
    }

    func paint(on canvas: inout Canvas) {
        let crests = (-2...(canvas.width + 1)).map { crest((Float($0) + 0.5) * canvas.pixel) }
        let highest = crests.min() ?? 0, pixel = canvas.pixel
        canvas.shade(from: highest - pixel * 2) { x, y, ink in
            let column = Int(x / pixel) + 2
            let top = crests[column]
            let slope = (crests[column + 1] - crests[column - 1]) / (2 * pixel)
            let cover = Curve.clamp((y - top) / pixel / (1 + slope * slope).squareRoot() + 0.5)
            guard cover > 0 else { return }
            let below = y - top
            var light = tone(x, y, below: below, slope: lightFromRight ? slope : -slope)
            light = Curve.clamp(light)
            let colour = shade.mixed(lit, light)
            ink = ink.mixed(colour.mixed(haze, Curve.clamp(air * (0.75 + below * 1.1))), cover)
        }
    }

    @inline(__always) private func tone(_ x: Float, _ y: Float, below: Float, slope: Float) -> Float {
        switch texture {
        case .sand:
            // The slip face hangs below the crest along a wandering line.
            let wander = (noise.fractal(x * 3.1, y * 4.2, octaves: 3) - 0.5) * 0.22
            let face = noise.at(
                (x + (lightFromRight ? below : -below) * 0.9) * frequency * 0.8 + 31 + wander * 0.4, 5.5)
            let edge = noise.at(
                (x + 0.004 + (lightFromRight ? below : -below) * 0.9) * frequency * 0.8 + 31 + wander * 0.4, 5.5)
            let turn = Curve.step(
                -0.9, 0.9, (edge - face) * (lightFromRight ? 700 : -700) * (face > 0.5 ? 1 : -1) * rise)
            let ripple =
                Curve.sine(y * 330 + noise.fractal(x * 6, y * 9, octaves: 3) * 26) * 0.03 * Curve.step(0, 0.12, below)
            return 0.18 + 0.72 * turn + ripple - below * 0.25
        case .grass:
            let tuft = noise.fractal(x * 30, y * 70, octaves: 3) - 0.5
            let patch = noise.fractal(x * 4, y * 9, octaves: 3) - 0.5
            return 0.62 + slope * 0.5 + tuft * 0.5 + patch * 0.55 - Curve.step(0, rise * 3, below) * 0.45
        case .plain:
            return 0.6 + slope * 0.6 - Curve.step(0, rise * 3, below) * 0.4
        }
    }
}
