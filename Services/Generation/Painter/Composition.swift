/// Decides which layers a picture is made of, back to front.
struct Composition {
    let order: PaintOrder
    let brief: Brief
    var palette: Palette
    var random: PaintRandom

    var right: Float { Float(order.width) / Float(min(order.width, order.height)) }
    var bottom: Float { Float(order.height) / Float(min(order.width, order.height)) }
    var isPlus: Bool { order.style == .sketchPlus }
    /// Octaves of noise.
    var detail: Int { (isPlus ? 7 : 6) + (order.steps >= 30 ? 1 : 0) - (order.steps < 15 ? 2 : 0) }

    init(order: PaintOrder, brief: Brief, palette: Palette, random: PaintRandom) {
        self.order = order
        self.brief = brief
        self.palette = palette
        self.random = random
    }

    mutating func layers() -> [any Layer] {
        var layers: [any Layer]
        switch brief.scenery {
        case .space: layers = space()
        case .portrait: layers = portrait()
        case .abstract: layers = abstract()
        case .forest: layers = forest()
        case .sea, .mountains, .city, .desert, .meadow: layers = landscape()
        }
        layers.append(
            Finish(
                bloom: isPlus || palette.isDark ? 0.5 : 0.25, vignette: 0.3, grain: isPlus ? 0.012 : 0.016,
                contrast: brief.moods.contains(.dreamy) ? 0.05 : 0.16, noise: random.noise()))
        return layers
    }

    /// Where the horizon lies and where the light stands over it.
    mutating func placeLight(horizon: Float) -> Light {
        let isMoon = palette.isDark || (brief.features.contains(.moon) && brief.hour == .dusk)
        let across = random.chance(0.5) ? random.within(0.2, 0.42) : random.within(0.58, 0.8)
        let height: Float
        switch brief.hour {
        case .dawn: height = random.within(0.03, 0.16)
        case .golden: height = random.within(0.02, 0.13)
        case .dusk: height = isMoon ? random.within(0.25, 0.4) : random.within(-0.03, 0.02)
        case .day: height = random.within(0.36, 0.5)
        case .night: height = random.within(0.26, 0.44)
        }
        let big: Float = brief.moods.contains(.dreamy) ? 1.7 : 1
        let radius = (isMoon ? random.within(0.038, 0.062) : random.within(0.036, 0.056)) * big
        let strength: Float = brief.hour == .day ? 0.55 : (isMoon ? 0.5 : 0.9)
        return Light(
            x: across * right, y: max(horizon - height - (height > 0.2 ? 0.03 : 0), 0.09), radius: radius,
            isMoon: isMoon,
            strength: strength * (brief.moods.contains(.stormy) ? 0.6 : 1))
    }

    /// Sky, stars, northern light, disc, clouds.
    mutating func heaven(horizon: Float, light: Light) -> [any Layer] {
        var layers: [any Layer] = [Sky(palette: palette, horizon: horizon, light: light, noise: random.noise())]
        let starry = brief.features.contains(.stars)
        if palette.isDark || (brief.hour == .dusk && starry) {
            let milky = starry ? 1 : (random.chance(0.4) ? Float(0.6) : 0)
            layers.append(
                Stars(
                    horizon: horizon, density: starry ? 2.2 : 1.1, band: palette.isDark ? milky : 0,
                    slope: random.within(-0.9, 0.9), random: random, noise: random.noise()))
        }
        if brief.features.contains(.aurora) {
            let low = brief.colours.first ?? Ink(hex: 0x3df29a),
                high = brief.colours.count > 1 ? brief.colours[1] : Ink(hex: 0x8a4fe0)
            layers.append(Aurora(horizon: horizon, colours: (low, high), noise: random.noise()))
        }
        let showsDisc =
            !(brief.features.contains(.aurora) && !brief.features.contains(.moon)) && brief.hour != .dusk
            || light.isMoon
        if showsDisc,
            !(brief.moods.contains(.stormy) && !brief.features.contains(.sun) && !brief.features.contains(.moon))
        {
            let phase: Float =
                random.chance(0.5) ? 1 : (random.chance(0.5) ? random.within(0.3, 0.7) : random.within(-0.7, -0.3))
            layers.append(Disc(palette: palette, light: light, phase: phase, noise: random.noise()))
        }
        if brief.features.contains(.meteor) {
            for _ in 0..<(isPlus ? 5 : 3) {
                layers.append(
                    Meteor(
                        x: random.within(0.2, right), y: random.within(0.04, horizon * 0.55),
                        length: random.within(0.12, 0.3)))
            }
        }
        if brief.features.contains(.clouds) {
            let cover: Float =
                brief.moods.contains(.stormy) ? 0.95 : (palette.isDark ? 0.35 : random.within(0.35, 0.75))
            layers.append(
                Clouds(
                    palette: palette, horizon: horizon, light: light, cover: cover, detail: detail,
                    noise: random.noise(),
                    warp: random.noise()))
        }
        return layers
    }
}
