/// Water that mirrors what is above its line: broken by ripples that grow toward the viewer, darker when looked into
/// steeply, with a glittering path under the light.
struct Water: Layer {
    let palette: Palette
    let line: Float
    let light: Light
    /// 0 a pond ... 1 an open sea.
    let roughness: Float
    let detail: Int
    let noise: Noise

    func paint(on canvas: inout Canvas) {
        let above = canvas
        let depth = palette.zenith.mixed(palette.near, 0.55) * (palette.isDark ? 0.8 : 0.55)
        canvas.shade(from: line) { x, y, ink in
            let down = y - line
            let near = Curve.clamp(down / max(above.bottom - line, 0.01))
            let distance = 0.045 / (down + 0.012)  // rows pack closer toward the line
            let px = (x - 0.5) * (0.35 + distance) * 7, py = distance * 34
            let swell = noise.fractal(px * 0.55, py * 0.62, octaves: detail) - 0.5
            let ripple = noise.fractal(x * 24 + swell * 3, y * 150 / (0.35 + near * 2.2), octaves: 3) - 0.5
            let chop = (swell * 1.5 + ripple * 0.75) * roughness
            let shiftY = chop * (0.03 + 0.24 * near) + ripple * 0.012
            let shiftX = chop * (0.01 + 0.10 * near)
            let mirror = line - max(down * 0.92 + shiftY, 0.002)
            var colour = above.sample(x + shiftX, max(mirror, 0))
            let steep = Curve.clamp(0.10 + 0.5 * near + chop * 0.55 * (0.3 + near))
            colour = colour.mixed(depth, steep) * (0.95 - 0.1 * near)
            let spread = light.radius * 1.3 + down * 0.34
            let across = (x - light.x + shiftX) / spread
            let path = Curve.falloff(-across * across * 1.3) * light.strength
            let crest = Curve.step(0.10, 0.34, chop * 0.55 + ripple * 0.8)
            colour +=
                (palette.glow.mixed(palette.disc, 0.5)) * (path * (0.10 + 1.25 * crest) * (light.isMoon ? 0.55 : 1))
            let seam = Curve.falloff(-down * 90) * 0.35
            ink = colour.mixed(palette.horizon, seam)
        }
    }
}
