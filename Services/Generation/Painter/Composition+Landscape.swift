extension Composition {
    /// Sea, mountains, city, desert and meadow share one stage: heaven, distance, middle ground, water, foreground, weather.
    mutating func landscape() -> [any Layer] {
        let hasWater = brief.features.contains(.water) || (brief.scenery == .city && random.chance(0.55))
        let share: Float =
            switch brief.scenery {
            case .sea: random.within(0.5, 0.62)
            case .mountains: hasWater ? random.within(0.60, 0.66) : 0.78
            case .city: hasWater ? 0.66 : 0.86
            case .desert: 0.56
            default: random.within(0.52, 0.6)
            }
        let horizon = bottom * share
        let light = placeLight(horizon: horizon)
        var layers = heaven(horizon: horizon, light: light)
        if brief.features.contains(.mountains) || brief.scenery == .mountains {
            layers += ranges(horizon: horizon, light: light)
        }
        if brief.features.contains(.castle) {
            let x = light.x > right / 2 ? right * random.within(0.2, 0.32) : right * random.within(0.68, 0.8)
            layers.append(
                Figure(
                    kind: .castle, x: x, y: horizon + 0.03, size: 0.44, ink: palette.near.mixed(palette.far, 0.38),
                    lamp: Ink(hex: 0xffcf7a), mirrored: light.x < x))
        }
        switch brief.scenery {
        case .city: layers += skylines(horizon: horizon, light: light, hasWater: hasWater)
        case .desert: layers += dunes(horizon: horizon, light: light)
        case .meadow: layers += meadow(horizon: horizon, light: light)
        default: break
        }
        if hasWater, brief.scenery == .mountains || brief.features.contains(.pines) {
            layers.append(
                Treeline(
                    ink: palette.near.mixed(palette.far, 0.3), haze: palette.horizon, air: 0.2, level: horizon + 0.006,
                    size: 0.04,
                    count: Int(120 * right), kind: .pine, spread: right, random: PaintRandom(seed: random.next())))
        }
        if hasWater {
            layers.append(
                Water(
                    palette: palette, line: horizon, light: light, roughness: brief.scenery == .sea ? 0.75 : 0.32,
                    detail: max(detail - 2, 3), noise: random.noise()))
        }
        layers += foreground(horizon: horizon, light: light, hasWater: hasWater)
        layers += weather(horizon: horizon)
        return layers
    }

    private mutating func ranges(horizon: Float, light: Light) -> [any Layer] {
        let isMain = brief.scenery == .mountains
        let count = isMain ? (isPlus ? 5 : 4) : 2
        let snowy = brief.features.contains(.snowcaps) || (isMain && random.chance(0.45))
        var layers: [any Layer] = []
        for index in 0..<count {
            let nearness = Float(index) / Float(max(count - 1, 1)) * (isMain ? 0.95 : 0.4)
            let rise = isMain ? Curve.mix(0.34, 0.13, nearness) * random.within(0.9, 1.25) : random.within(0.10, 0.18)
            layers.append(
                Ridge(
                    palette: palette, light: light, foot: horizon + 0.015 + (isMain ? nearness * 0.02 : 0), rise: rise,
                    frequency: Curve.mix(1.5, 3.2, nearness) * random.within(0.85, 1.15), nearness: nearness,
                    snow: snowy ? Curve.mix(0.62, 0.1, nearness) : 0, detail: detail, noise: random.noise(),
                    spurs: random.noise()))
            if isMain, index + 1 < count, brief.features.contains(.fog) || random.chance(0.6) {
                layers.append(
                    Mist(
                        ink: palette.horizon.mixed(palette.cloudLight, 0.3), middle: horizon - rise * 0.12,
                        spread: 0.045,
                        strength: brief.features.contains(.fog) ? 0.9 : 0.5, noise: random.noise()))
            }
        }
        return layers
    }

    private mutating func dunes(horizon: Float, light: Light) -> [any Layer] {
        let sand = brief.colours.first.map { Ink(hex: 0xe0a96a).tinted($0, brief.pull) } ?? Ink(hex: 0xe2a868)
        let lit = sand.mixed(palette.glow, 0.3) * (palette.isDark ? 0.22 : (brief.hour == .dusk ? 0.55 : 1))
        let shade = sand.blended(palette.zenith, 0.55) * (palette.isDark ? 0.1 : 0.36)
        let count = isPlus ? 6 : 5
        return (0..<count).map { index in
            let near = Float(index) / Float(count - 1)
            return Hill(
                lit: lit, shade: shade, haze: palette.horizon, level: horizon + near * near * 0.36 + 0.03,
                rise: Curve.mix(0.05, 0.2, near), frequency: Curve.mix(3.2, 1.25, near), air: (1 - near) * 0.55,
                texture: .sand,
                lightFromRight: light.x > right / 2, noise: random.noise())
        }
    }

    private mutating func meadow(horizon: Float, light: Light) -> [any Layer] {
        let grass = Ink(hex: brief.hour == .golden ? 0x8f9a3a : 0x5f9440)
        let strength: Float = palette.isDark ? 0.16 : (brief.hour == .dusk ? 0.42 : 0.92)
        let count = isPlus ? 6 : 5
        var layers: [any Layer] = []
        for index in 0..<count {
            let near = Float(index) / Float(count - 1)
            let tone = grass.blended(palette.far, (1 - near) * 0.55)
            let hill = Hill(
                lit: tone.mixed(palette.glow, 0.22) * strength, shade: tone.blended(palette.near, 0.62) * strength,
                haze: palette.horizon, level: horizon + near * near * 0.34 + 0.02, rise: Curve.mix(0.07, 0.12, near),
                frequency: Curve.mix(2.6, 1.1, near), air: (1 - near) * 0.6, texture: .grass,
                lightFromRight: light.x > right / 2,
                noise: random.noise())
            layers.append(hill)
            if index < count - 2 {
                layers.append(
                    Treeline(
                        ink: tone.blended(palette.near, 0.75) * strength, haze: palette.horizon, air: (1 - near) * 0.55,
                        level: horizon + near * near * 0.34 + 0.02, size: Curve.mix(0.016, 0.05, near),
                        count: isPlus ? 90 : 64,
                        kind: .round, spread: right, hill: hill,
                        random: PaintRandom(seed: random.next())))
            }
        }
        layers.append(
            Flowers(
                inks: brief.colours.isEmpty ? palette.accents : brief.colours,
                stem: grass.blended(palette.near, 0.4) * strength,
                strength: max(strength, 0.3), top: horizon + 0.12,
                count: brief.features.contains(.flowers) ? 2_400 : 700,
                random: PaintRandom(seed: random.next())))
        return layers
    }

    private mutating func skylines(horizon: Float, light: Light, hasWater: Bool) -> [any Layer] {
        let count = isPlus ? 5 : 4
        return (0..<count).map { index in
            let near = Float(index) / Float(count - 1)
            return Skyline(
                palette: palette, light: light, level: horizon + (hasWater ? 0.004 : near * 0.10), near: near,
                tallest: Curve.mix(0.40, hasWater ? 0.24 : 0.32, near),
                isLit: brief.hour == .night || brief.hour == .dusk || brief.hour == .golden,
                isNight: palette.isDark, inks: brief.colours.isEmpty ? [] : palette.accents,
                bottom: hasWater ? horizon + 0.004 : bottom,
                random: PaintRandom(seed: random.next()), noise: random.noise())
        }
    }

    private mutating func foreground(horizon: Float, light: Light, hasWater: Bool) -> [any Layer] {
        var layers: [any Layer] = []
        let dark = palette.near * (palette.isDark ? 0.8 : 0.9)
        if brief.scenery == .mountains || brief.features.contains(.pines) {
            let rows = hasWater ? 2 : 3
            for index in (hasWater ? 1 : 0)..<rows {
                let near = Float(index + 1) / Float(rows)
                let level =
                    hasWater
                    ? Curve.mix(horizon + 0.012, bottom + 0.02, near * near)
                    : Curve.mix(horizon - 0.02, bottom + 0.0, near)
                layers.append(
                    Treeline(
                        ink: dark.mixed(palette.far, (1 - near) * 0.4), haze: palette.horizon, air: (1 - near) * 0.35,
                        level: level,
                        size: Curve.mix(0.05, hasWater ? 0.30 : 0.24, near * near),
                        count: Int(Curve.mix(90, hasWater ? 12 : 30, near)), kind: .pine, spread: right,
                        leavesMiddle: hasWater && index == rows - 1, random: PaintRandom(seed: random.next())))
            }
        }
        layers += subjects(horizon: horizon, light: light, hasWater: hasWater, dark: dark)
        return layers
    }

    mutating func weather(horizon: Float) -> [any Layer] {
        var layers: [any Layer] = []
        if brief.features.contains(.fog) {
            for step in 0..<3 {
                layers.append(
                    Mist(
                        ink: palette.horizon.mixed(palette.cloudLight, 0.4),
                        middle: horizon + Float(step) * 0.10 - 0.04, spread: 0.09,
                        strength: 0.75, noise: random.noise()))
            }
        }
        if brief.features.contains(.rain) {
            layers.append(
                Precipitation(isSnow: false, ink: palette.cloudLight, random: PaintRandom(seed: random.next())))
        }
        if brief.features.contains(.snow) {
            layers.append(
                Precipitation(
                    isSnow: true, ink: Ink(repeating: palette.isDark ? 0.7 : 0.97),
                    random: PaintRandom(seed: random.next())))
        }
        return layers
    }
}
