/// Glowing gas among the stars: several colours of warped noise, cut by lanes of dust.
struct Nebula: Layer {
    let deep: Ink
    let inks: [Ink]
    let detail: Int
    let noise: Noise
    let warp: Noise

    func paint(on canvas: inout Canvas) {
        let cx = canvas.right * 0.5, cy = canvas.bottom * 0.5
        canvas.shade { x, y, ink in
            let bx = warp.fractal(x * 1.5, y * 1.5, octaves: 4) - 0.5
            let by = warp.fractal(x * 1.5 + 19, y * 1.5 + 7, octaves: 4) - 0.5
            let px: Float = x * 1.8 + bx * 2.2, py: Float = y * 1.8 + by * 2.2
            let gas = noise.fractal(px, py, octaves: detail)
            let other = noise.fractal(px * 0.7 + 31, py * 0.7 + 11, octaves: max(detail - 2, 3))
            let dust = noise.ridged(px * 1.1 + 60, py * 1.1, octaves: max(detail - 1, 3))
            let slant = (x - cx) * 0.55 + (y - cy) * 0.83 + bx * 0.7
            let body = Curve.falloff(-slant * slant * 6)
            let core = Curve.falloff(-((x - cx) * (x - cx) + slant * slant * 3) * 5)
            var glow = inks[0] * (Curve.step(0.32, 0.72, gas) * 0.75)
            glow += inks[1] * (Curve.step(0.38, 0.74, other) * 0.85)
            glow += inks[2] * (Curve.step(0.52, 0.8, gas) * (0.25 + 0.9 * core))
            let lanes: Float = 1 - 0.86 * Curve.step(0.26, 0.62, dust)
            ink = deep * (0.5 + 0.6 * other) + glow * (lanes * (0.07 + 0.95 * body + 0.7 * core))
        }
    }
}

/// A few near stars whose light the lens splits into a cross.
struct Sparkles: Layer {
    let count: Int
    let random: PaintRandom

    func paint(on canvas: inout Canvas) {
        var random = random
        for _ in 0..<count {
            let x = random.within(0.03, canvas.right - 0.03), y = random.within(0.03, canvas.bottom - 0.03)
            let size = 0.012 + 0.05 * random.unit() * random.unit()
            let ink = Ink(0.75, 0.87, 1).mixed(Ink(1, 0.82, 0.62), random.unit())
            let core = size * 0.07
            canvas.shade(left: x - size, top: y - size, right: x + size, bottom: y + size) { px, py, under in
                let dx = abs(px - x), dy = abs(py - y)
                let square = dx * dx + dy * dy
                let fade = Curve.step(size, 0, square.squareRoot())
                let rays = Curve.falloff(-dy / core * 2.2) * fade * fade + Curve.falloff(-dx / core * 2.2) * fade * fade
                let body = Curve.falloff(-square / (core * core) * 0.6) * 1.6 + fade * fade * fade * 0.16
                under += ink * (rays * 0.75 + body)
            }
        }
    }
}

/// A planet: bands or continents on a lit sphere, its thin air, and a ring when asked for.
struct Planet: Layer {
    let x: Float
    let y: Float
    let radius: Float
    let inks: [Ink]
    /// Toward the light, in the plane of the picture; −1...1.
    let sun: SIMD2<Float>
    let isBanded: Bool
    let hasRing: Bool
    let detail: Int
    let noise: Noise

    func paint(on canvas: inout Canvas) {
        if hasRing { ring(on: &canvas, inFront: false) }
        let reach = radius * 1.25, pixel = canvas.pixel
        let depth = (1 - min(sun.x * sun.x + sun.y * sun.y, 0.96)).squareRoot()
        canvas.shade(left: x - reach, top: y - reach, right: x + reach, bottom: y + reach) { px, py, ink in
            let nx = (px - x) / radius, ny = (py - y) / radius
            let square = nx * nx + ny * ny
            let distance = square.squareRoot()
            let facing = nx * sun.x + ny * sun.y
            if distance > 0.98 {
                let air = Curve.falloff(-(distance - 1) * 22) * Curve.step(-0.35, 0.8, facing)
                ink += inks[2] * (air * (distance < 1 ? 0 : 0.8))
            }
            let cover = Curve.clamp((1 - distance) * radius / pixel + 0.5)
            guard cover > 0 else { return }
            let nz = (1 - min(square, 1)).squareRoot()
            let light = Curve.clamp(facing + nz * depth * 0.55)
            var colour = surface(nx, ny, nz)
            colour *= 0.012 + 1.15 * Curve.step(0.0, 0.95, light)
            let rim = Curve.power(1 - nz, 3)
            colour += inks[2] * (rim * 0.55 * Curve.step(-0.1, 0.7, facing))
            ink = ink.mixed(colour, cover)
        }
        if hasRing { ring(on: &canvas, inFront: true) }
    }

    @inline(__always) private func surface(_ nx: Float, _ ny: Float, _ nz: Float) -> Ink {
        let tilt = ny * 0.93 + nx * 0.32
        let swirl = noise.fractal(nx * 2.2 + nz, tilt * 3.4, octaves: detail) - 0.5
        if isBanded {
            let band = noise.fractal(3.1, tilt * 4.6 + swirl * 0.75, octaves: 5)
            return inks[0].mixed(inks[1], Curve.step(0.32, 0.68, band)).mixed(
                inks[2], Curve.step(0.6, 0.8, band + swirl * 0.25) * 0.6)
        }
        let land = noise.fractal(nx * 1.9 - nz * 0.8 + 8, ny * 1.9, octaves: detail + 1)
        let clouds = noise.fractal(nx * 2.6 + swirl * 1.6, tilt * 4.2 + 20, octaves: detail)
        let ground = inks[0].mixed(inks[1], Curve.step(0.48, 0.54, land))
        return ground.mixed(Ink(repeating: 0.95), Curve.step(0.52, 0.74, clouds) * 0.85)
    }

    private func ring(on canvas: inout Canvas, inFront: Bool) {
        let outer = radius * 2.25, pixel = canvas.pixel
        canvas.shade(left: x - outer, top: y - outer, right: x + outer, bottom: y + outer) { px, py, ink in
            let dx = px - x, dy = py - y
            let along = dx * 0.94 - dy * 0.342, across = (dx * 0.342 + dy * 0.94) * 3.6
            guard (across > 0) == inFront else { return }
            let distance = (along * along + across * across).squareRoot() / radius
            let edge = Curve.step(1.32 - pixel, 1.36, distance) * Curve.step(2.22, 2.16, distance)
            guard edge > 0 else { return }
            let groove = noise.at(distance * 21, 1.5) * 0.7 + noise.at(distance * 60, 8.5) * 0.3
            let gap = 1 - 0.85 * Curve.step(0.035, 0.015, abs(distance - 1.86))
            // The planet's shadow falls over the part of the ring behind it.
            let lateral = abs(dx * sun.y - dy * sun.x) / (sun.x * sun.x + sun.y * sun.y).squareRoot()
            let shadow =
                inFront
                ? 0
                : Curve.step(radius * 1.03, radius * 0.94, lateral) * Curve.step(0.02, -0.05, dx * sun.x + dy * sun.y)
            let colour = inks[1].mixed(Ink(repeating: 0.8), 0.35) * ((0.35 + 0.75 * groove) * (1 - 0.92 * shadow))
            ink = ink.mixed(colour, edge * gap * Curve.step(0.22, 0.6, groove + 0.12) * 0.85)
        }
    }
}

/// Folds of coloured silk: noise that bends itself twice, lit from the side, with threads of metal in the creases.
struct Silk: Layer {
    let ramp: Ramp
    let metal: Ink
    let scale: Float
    let fold: Float
    let detail: Int
    let noise: Noise
    let warp: Noise

    @inline(__always) private func height(_ x: Float, _ y: Float) -> (value: Float, hue: Float) {
        let px = x * scale, py = y * scale
        let qx = warp.fractal(px, py, octaves: 3) - 0.5, qy = warp.fractal(px + 5.2, py + 1.3, octaves: 3) - 0.5
        let ux: Float = px + fold * qx, uy: Float = py + fold * qy
        let rx = warp.fractal(ux + 1.7, uy + 9.2, octaves: 3) - 0.5,
            ry = warp.fractal(ux + 8.3, uy + 2.8, octaves: 3) - 0.5
        let vx: Float = px + fold * rx, vy: Float = py + fold * ry
        return (noise.fractal(vx, vy, octaves: detail, gain: 0.42), 0.5 + (qx + ry) * 0.9)
    }

    func paint(on canvas: inout Canvas) {
        let step: Float = 0.0035
        canvas.shade { x, y, ink in
            let here = height(x, y)
            let gx = (height(x + step, y).value - here.value) / step,
                gy = (height(x, y + step).value - here.value) / step
            let length = (1 + (gx * gx + gy * gy) * 0.12).squareRoot()
            let light = Curve.clamp((0.62 - gx * 0.22 - gy * 0.28) / length)
            var colour = ramp[Curve.clamp(here.value * 1.1 - 0.12 + (here.hue - 0.5) * 0.75)]
            colour *= 0.28 + 1.05 * light
            let shine = Curve.power(light, 14) * 0.5
            colour += (colour * 0.4 + Ink(repeating: 0.4)) * shine
            let vein = abs(Curve.fraction(here.value * 7) - 0.5)
            let slope = (gx * gx + gy * gy).squareRoot() * 7
            let thread = Curve.step(0.0045 * slope + 0.004, 0.0015 * slope, vein) * Curve.step(0.45, 0.62, here.hue)
            ink = colour.mixed(metal * (0.5 + 0.9 * light), thread * 0.85)
        }
    }
}
