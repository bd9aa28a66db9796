extension Composition {
    mutating func space() -> [any Layer] {
        let inks = brief.colours.isEmpty ? random.pick(Self.gases).map { Ink(hex: $0) } : palette.accents
        let random0 = random
        var layers: [any Layer] = [
            Nebula(
                deep: palette.near.mixed(Ink(hex: 0x0a0f24), 0.6) * 0.6,
                inks: [inks[0], inks[1], inks[min(2, inks.count - 1)]],
                detail: detail, noise: random.noise(), warp: random.noise()),
            Stars(
                horizon: bottom * 1.9, density: isPlus ? 4.5 : 3.4, band: 0, slope: 0, random: random0,
                noise: random.noise()),
            Sparkles(count: isPlus ? 22 : 14, random: PaintRandom(seed: random.next())),
        ]
        if brief.features.contains(.meteor) {
            layers.append(Meteor(x: right * 0.36, y: bottom * 0.3, length: 0.4))
        }
        if brief.features.contains(.planet) || random.chance(0.6) {
            let sun = SIMD2<Float>(random.chance(0.5) ? -0.78 : 0.78, random.within(-0.5, 0.1))
            let radius = random.within(0.17, 0.27)
            let tones = brief.colours.isEmpty ? random.pick(Self.planetTones).map { Ink(hex: $0) } : palette.accents
            let hasRing = brief.features.contains(.ring) || random.chance(0.35)
            layers.append(
                Planet(
                    x: right * random.within(0.32, 0.68), y: bottom * random.within(0.36, 0.66),
                    radius: hasRing ? min(radius, 0.2) : radius,
                    inks: [tones[0], tones[1], tones[min(2, tones.count - 1)]], sun: sun,
                    isBanded: hasRing || random.chance(0.5), hasRing: hasRing,
                    detail: detail, noise: random.noise()))
            layers.append(
                Planet(
                    x: right * random.within(0.1, 0.9), y: bottom * random.within(0.08, 0.24),
                    radius: random.within(0.018, 0.04),
                    inks: [Ink(hex: 0x9a958c), Ink(hex: 0x6b675f), Ink(hex: 0xcfd6e6) * 0.4], sun: sun, isBanded: true,
                    hasRing: false, detail: detail,
                    noise: random.noise()))
        }
        return layers
    }

    private static let gases: [[UInt32]] = [
        [0x2b4fd8, 0xc23a9e, 0x7fd8ff], [0xb0357a, 0x3a2fb0, 0xffb27a], [0x127a8a, 0x5a3fc0, 0xa8ffe0],
        [0xc24a2a, 0x5a2a8a, 0xffd08a],
    ]

    private static let planetTones: [[UInt32]] = [
        [0x1f4f8f, 0x4f8a4a, 0x86c5ff], [0xd9a066, 0x9c5a3c, 0xffd9a8], [0xb3543a, 0x7c3326, 0xff9a6e],
        [0x4a6fa8, 0x8fb8d8, 0xcfeaff],
        [0x7a4fa0, 0xc98fd0, 0xffc8f0],
    ]

    mutating func abstract() -> [any Layer] {
        var inks = brief.colours.isEmpty ? palette.accents : Array(palette.accents.prefix(4))
        inks.sort { $0.luminance < $1.luminance }
        let dark = inks[0].blended(Ink(hex: 0x0c0e1c), 0.72),
            pale = inks[inks.count - 1].blended(Ink(hex: 0xfff4e4), 0.6)
        var stops: [(at: Float, ink: Ink)] = [(0, dark)]
        for (index, ink) in inks.enumerated() {
            stops.append((0.22 + 0.52 * Float(index) / Float(max(inks.count - 1, 1)), ink))
        }
        stops.append((1, pale))
        return [
            Silk(
                ramp: Ramp(stops), metal: Ink(hex: 0xe8c57a), scale: random.within(0.8, 1.35),
                fold: random.within(2.2, 3.4),
                detail: max(detail - 2, 3), noise: random.noise(), warp: random.noise())
        ]
    }

    mutating func forest() -> [any Layer] {
        let ground = bottom * random.within(0.6, 0.66)
        let light = Light(
            x: right * (random.chance(0.5) ? random.within(0.3, 0.45) : random.within(0.55, 0.7)),
            y: bottom * random.within(0.26, 0.4), radius: 0.05,
            isMoon: palette.isDark, strength: palette.isDark ? 0.55 : 0.95)
        let leaf =
            brief.colours.first ?? (brief.hour == .golden ? Ink(hex: 0xb9852f) : Ink(hex: 0x4f8a45))
            * (palette.isDark ? 0.35 : 1)
        var layers: [any Layer] = [Sky(palette: palette, horizon: ground, light: light, noise: random.noise())]
        if palette.isDark {
            layers.append(Stars(horizon: ground, density: 1, band: 0, slope: 0, random: random, noise: random.noise()))
            layers.append(Disc(palette: palette, light: light, phase: 1, noise: random.noise()))
        }
        layers.append(
            Woods(
                palette: palette, light: light, leaf: leaf, ground: ground, rows: isPlus ? 7 : 6,
                isBirch: random.chance(0.25),
                random: PaintRandom(seed: random.next())))
        layers.append(
            Shafts(
                ink: palette.glow, x: light.x + (light.x > right / 2 ? 0.12 : -0.12), y: -0.1, length: bottom * 1.05,
                strength: palette.isDark ? 0.22 : 0.6, noise: random.noise()))
        layers.append(
            Mist(
                ink: palette.horizon.mixed(palette.glow, 0.25), middle: ground + 0.03, spread: 0.06,
                strength: brief.features.contains(.fog) ? 0.6 : 0.38, noise: random.noise()))
        layers += weather(horizon: ground)
        return layers
    }

    /// The landscape inside the head is one of its own: the second scenery that the words name, or one the seed picks.
    mutating func portrait() -> [any Layer] {
        var innerBrief = brief
        innerBrief.scenery = random.pick([.mountains, .sea, .forest, .space, .mountains])
        if innerBrief.scenery == .sea || innerBrief.scenery == .mountains { innerBrief.features.insert(.water) }
        if brief.features.contains(.water) { innerBrief.scenery = .sea }
        if brief.features.contains(.stars) { innerBrief.scenery = .space }
        if brief.features.contains(.mountains) { innerBrief.scenery = .mountains }
        if brief.features.contains(.flowers) { innerBrief.scenery = .meadow }
        var inner = Composition(
            order: order, brief: innerBrief, palette: palette, random: PaintRandom(seed: random.next()))
        let isSpace = innerBrief.scenery == .space
        let world: [any Layer] =
            switch innerBrief.scenery {
            case .space: inner.space()
            case .forest: inner.forest()
            default: inner.landscape()
            }
        let light = palette.isDark ? Ink(hex: 0x2a3350) : Ink(hex: 0xf6efe4)
        let paper = Ramp([
            (0, light.mixed(palette.upper, 0.22)), (0.6, light.mixed(palette.lower, 0.12)),
            (1, light.mixed(palette.horizon, 0.35)),
        ])
        let halo = (brief.colours.first ?? palette.accents[0]).blended(palette.glow, 0.35)
        return [
            Profile(
                inner: world, paper: paper, halo: halo, edge: isSpace ? palette.zenith * 0.4 : palette.near,
                mirrored: random.chance(0.5), hasBun: random.chance(0.4),
                noise: random.noise()),
            Flock(
                ink: palette.near, x: right * 0.2, y: bottom * 0.14, count: 5, size: 0.022,
                random: PaintRandom(seed: random.next())),
        ]
    }

    mutating func subjects(horizon: Float, light: Light, hasWater: Bool, dark: Ink) -> [any Layer] {
        var layers: [any Layer] = []
        let lamp = Ink(hex: 0xffcf7a) * (palette.isDark || brief.hour == .dusk ? 1.3 : 0.9)
        let away = light.x > right / 2 ? right * random.within(0.2, 0.32) : right * random.within(0.68, 0.8)
        func figure(_ kind: Figure.Kind, _ x: Float, _ y: Float, _ size: Float) -> Figure {
            Figure(kind: kind, x: x, y: y, size: size, ink: dark, lamp: lamp, mirrored: light.x < x)
        }
        if brief.features.contains(.lighthouse) {
            layers.append(figure(.lighthouse, away, horizon + (hasWater ? 0.05 : 0.02), 0.42))
        }
        if brief.features.contains(.boat), hasWater {
            layers.append(figure(.boat, light.x + (away - light.x) * 0.3, horizon + 0.075, 0.15))
            if isPlus { layers.append(figure(.boat, away, horizon + 0.022, 0.06)) }
        }
        if brief.features.contains(.cabin) {
            layers.append(figure(.knoll, away, hasWater ? bottom * 0.93 : bottom * 0.86, 0.22))
            layers.append(figure(.cabin, away, hasWater ? bottom * 0.93 : bottom * 0.86, 0.15))
        }
        if brief.features.contains(.cat) {
            let x = light.x + (away - light.x) * 0.15
            layers.append(figure(.knoll, x, bottom * 0.9, 0.36))
            layers.append(figure(.cat, x, bottom * 0.9, 0.36))
        }
        if brief.features.contains(.balloon) {
            let strength: Float = palette.isDark ? 0.35 : 0.95
            for (index, size) in [Float(0.075), 0.04, 0.026].prefix(isPlus ? 3 : 2).enumerated() {
                layers.append(
                    Balloon(
                        x: away + Float(index) * (light.x - away) * 0.42, y: horizon * (0.32 + 0.13 * Float(index)),
                        radius: size, inks: palette.accents,
                        lightFromRight: light.x > away, strength: strength))
            }
        }
        if brief.features.contains(.birds) || (isPlus && !palette.isDark && random.chance(0.5)) {
            layers.append(
                Flock(
                    ink: dark.mixed(palette.far, 0.3), x: away - 0.1, y: horizon * random.within(0.25, 0.55),
                    count: brief.features.contains(.birds) ? 12 : 6,
                    size: 0.026, random: PaintRandom(seed: random.next())))
        }
        return layers
    }
}

/// Birds on the wing, each caught at another beat.
struct Flock: Layer {
    let ink: Ink
    let x: Float
    let y: Float
    let count: Int
    let size: Float
    let random: PaintRandom

    func paint(on canvas: inout Canvas) {
        var random = random
        for index in 0..<count {
            let drift = Float(index) * size * 1.1
            Figure(
                kind: .bird(random.within(-4, 26)), x: x + drift * random.within(0.5, 1.2),
                y: y + random.within(-1.6, 1.6) * size - drift * 0.25,
                size: size * random.within(0.6, 1.1), ink: ink, lamp: ink, mirrored: random.chance(0.5)
            ).paint(on: &canvas)
        }
    }
}
