/// A row of buildings with windows; farther rows are paler, as the air between makes them.
struct Skyline: Layer {
    let palette: Palette
    let light: Light
    let level: Float
    /// 0 far ... 1 near.
    let near: Float
    let tallest: Float
    let isLit: Bool
    let isNight: Bool
    /// Named in the prompt: neon edges and some of the windows.
    let inks: [Ink]
    let bottom: Float
    let random: PaintRandom
    let noise: Noise

    private struct Building {
        var left: Float
        var right: Float
        var top: Float
        var roof: Int
        var window: Float
        var key: Int32
        var neon: Ink?
    }

    func paint(on canvas: inout Canvas) {
        var random = random
        var x: Float = -0.05
        var key: Int32 = 0
        while x < canvas.right + 0.05 {
            let width = Curve.mix(0.028, 0.085, near) * random.within(0.6, 1.5)
            let mass = noise.fractal(x * 1.7, near * 9, octaves: 3)
            let lift = random.unit()
            let height = tallest * (0.22 + 0.55 * mass + 0.5 * lift * lift * lift)
            let neon: Ink? = !inks.isEmpty && near > 0.4 && random.chance(0.4) ? random.pick(inks) : nil
            let building = Building(
                left: x, right: x + width, top: level - height, roof: random.below(6),
                window: Curve.mix(0.0058, 0.0115, near),
                key: key, neon: neon)
            paint(building, on: &canvas)
            x += width * random.within(0.72, 1.08)
            key += 1
        }
    }

    private func paint(_ building: Building, on canvas: inout Canvas) {
        let pixel = canvas.pixel
        let air = palette.horizon.mixed(palette.far, 0.35 + 0.3 * near)
        let wall = palette.far.blended(palette.near, 0.25 + 0.75 * near).mixed(air, (1 - near) * 0.62)
        let sunny = wall.mixed(palette.glow, isNight ? 0.05 : 0.20 + 0.08 * near)
        let lightIsRight = light.x > (building.left + building.right) / 2
        let middle = (building.left + building.right) / 2, half = (building.right - building.left) / 2
        let spire = building.roof == 0 ? half * 2.2 : (building.roof == 1 ? half * 1.1 : 0)
        canvas.shade(
            left: building.left - pixel, top: building.top - spire, right: building.right + pixel, bottom: bottom
        ) { x, y, ink in
            var reach = half
            if y < building.top {
                let t = (building.top - y) / max(spire, 0.0001)
                reach = building.roof == 0 ? (t < 0.28 ? half * (0.72 - t) : half * 0.05) : half * 0.7 * (1 - t)
            } else if building.roof == 2, y < building.top + half * 0.5 {
                reach = half * 0.76
            }
            let cover =
                Curve.clamp((reach - abs(x - middle)) / pixel + 0.5)
                * Curve.clamp((y - building.top + spire) / pixel + 0.5)
            guard cover > 0 else { return }
            let side = (x - middle) / half * (lightIsRight ? 1 : -1)
            var colour = wall.mixed(sunny, Curve.step(-0.15, 0.15, side) * 0.9)
            let low = Curve.step(building.top, level + 0.1, y)
            colour = colour.mixed(air, low * (0.42 - 0.25 * near))
            if y > building.top + building.window { colour = windows(x, y, building, over: colour, pixel: pixel) }
            if let neon = building.neon {
                let rim = min(reach - abs(x - middle), abs(y - building.top) + (y < building.top ? 1 : 0))
                colour += neon * (Curve.falloff(-max(rim, 0) * 900) * 1.2)
            }
            ink = ink.mixed(colour, cover)
        }
    }

    private func windows(_ x: Float, _ y: Float, _ building: Building, over wall: Ink, pixel: Float) -> Ink {
        let size = building.window
        let u = (x - building.left - size * 0.4) / size, v = (y - building.top) / (size * 1.45)
        let column = Curve.floor(u), row = Curve.floor(v)
        let fx = u - Float(column), fy = v - Float(row)
        let soft = pixel / size
        let pane =
            Curve.step(0.18 - soft, 0.18 + soft, fx) * Curve.step(0.82 + soft, 0.82 - soft, fx)
            * Curve.step(0.2 - soft, 0.2 + soft, fy)
            * Curve.step(0.72 + soft, 0.72 - soft, fy)
        guard pane > 0, x > building.left + size * 0.4, x < building.right - size * 0.4 else { return wall }
        let chance = noise.cell(column &+ building.key &* 131, row)
        let floorLit = noise.cell(building.key, row &+ 977)
        let share: Float = isNight ? 0.36 : (isLit ? 0.2 : 0)
        if chance < share * (0.5 + floorLit) {
            let tone = noise.cell(row, column &+ building.key &* 57)
            var lamp = Ink(hex: 0xffd58a).mixed(Ink(hex: 0xfff2d8), tone)
            if !inks.isEmpty, tone > 0.7 { lamp = inks[Int(tone * 97) % inks.count] }
            return wall.mixed(lamp * (0.55 + 0.65 * chance / share) * (0.45 + 0.55 * near), pane * 0.95)
        }
        return wall.mixed(isNight ? wall * 0.6 : wall.mixed(palette.upper, 0.35) * 0.85, pane * (0.3 + 0.4 * near))
    }
}
