/// The colours of one picture: its hour's light, pulled toward what the words named.
struct Palette {
    var zenith: Ink
    var upper: Ink
    var lower: Ink
    var horizon: Ink
    /// The disc of sun or moon, and the light around it.
    var disc: Ink
    var glow: Ink
    /// Land far off (nearly haze) and close by (nearly shadow).
    var far: Ink
    var near: Ink
    var cloudLight: Ink
    var cloudShade: Ink
    /// What flowers, windows, robes and ribbons are painted with.
    var accents: [Ink]
    var isDark: Bool

    /// Ten numbers in the order of the properties above.
    private init(_ hex: [UInt32], isDark: Bool = false) {
        zenith = Ink(hex: hex[0])
        upper = Ink(hex: hex[1])
        lower = Ink(hex: hex[2])
        horizon = Ink(hex: hex[3])
        disc = Ink(hex: hex[4])
        glow = Ink(hex: hex[5])
        far = Ink(hex: hex[6])
        near = Ink(hex: hex[7])
        cloudLight = Ink(hex: hex[8])
        cloudShade = Ink(hex: hex[9])
        accents = []
        self.isDark = isDark
    }

    init(_ brief: Brief, random: inout PaintRandom) {
        let choice = random.unit()
        let choices = Self.choices[brief.hour] ?? []
        self = choices[min(Int(choice * Float(choices.count)), choices.count - 1)]
        accents = random.pick(Self.accentSets).map { Ink(hex: $0) }
        apply(brief.colours, pull: brief.pull)
        apply(brief.moods)
    }

    private mutating func apply(_ colours: [Ink], pull: Float) {
        guard let first = colours.first else { return }
        let second = colours.count > 1 ? colours[1] : first
        horizon = horizon.tinted(first, pull * 0.8)
        lower = lower.tinted(first, pull)
        glow = glow.tinted(first, pull * 0.8)
        cloudLight = cloudLight.tinted(first, pull * 0.7)
        upper = upper.tinted(second, pull)
        zenith = zenith.tinted(second, pull * 0.9)
        cloudShade = cloudShade.tinted(second, pull * 0.8)
        far = far.tinted(second, pull * 0.7)
        near = near.tinted(second, pull * 0.5)
        accents = colours + colours.map { $0.blended(Ink(repeating: 0.9), 0.45) } + [accents[0]]
    }

    private mutating func apply(_ moods: Set<Mood>) {
        if moods.contains(.vivid) { adjust { $0.saturated(1.35) } }
        if moods.contains(.calm) { adjust { $0.saturated(0.88) } }
        if moods.contains(.dreamy) {
            let haze = Ink(hex: 0xf0c4e4)
            adjust { $0.blended(haze * (0.25 + 0.75 * $0.luminance), 0.22) }
        }
        if moods.contains(.sombre) { adjust { $0.saturated(0.55) * 0.72 } }
        if moods.contains(.stormy) {
            adjust { $0.saturated(0.75) * 0.8 }
            cloudShade = cloudShade * 0.55
        }
    }

    private mutating func adjust(_ change: (Ink) -> Ink) {
        for path in [\Palette.zenith, \.upper, \.lower, \.horizon, \.glow, \.far, \.near, \.cloudLight, \.cloudShade] {
            self[keyPath: path] = change(self[keyPath: path])
        }
        accents = accents.map(change)
    }

    private static let accentSets: [[UInt32]] = [
        [0xf26b5e, 0xf7c657, 0x4fb3bf, 0x6a4c93], [0xe85d75, 0xf9a26c, 0xffe28a, 0x5b8e7d],
        [0x3d5a80, 0x98c1d9, 0xee6c4d, 0xe0fbfc], [0xb5179e, 0x7209b7, 0x4361ee, 0x4cc9f0],
        [0xd9ae61, 0xa44a3f, 0x2f4858, 0xf6e7cb], [0x2a9d8f, 0xe9c46a, 0xf4a261, 0xe76f51],
    ]

    private static let choices: [Hour: [Palette]] = [
        .dawn: [
            Palette([
                0x2f4477, 0x7a78b4, 0xeaa9a6, 0xffe0b8, 0xfff3d6, 0xffb48a, 0xb6a8c9, 0x2a2744, 0xffdcc8, 0x8f83ad,
            ]),
            Palette([
                0x2b5873, 0x69a0a6, 0xd3dcc0, 0xfff0cc, 0xfff8e0, 0xffd79a, 0xa8c2bd, 0x1d3a40, 0xfff0d8, 0x86a5ab,
            ]),
            Palette([
                0x4b4a8c, 0xa287c0, 0xf4b6c2, 0xffe3d0, 0xfff0e4, 0xffa8a0, 0xc0a9cf, 0x33294f, 0xffd9dc, 0x9c88b8,
            ]),
        ],
        .day: [
            Palette([
                0x1c5aa3, 0x4c92d4, 0x9dcbea, 0xe3f2f6, 0xfffdf2, 0xfff1c8, 0x9dbbd0, 0x1f4030, 0xffffff, 0x9fb4c8,
            ]),
            Palette([
                0x0e6a8c, 0x3fa3b4, 0x9bd8d2, 0xeef8e8, 0xfffdf0, 0xfff0c0, 0x97c3c4, 0x17423f, 0xffffff, 0x93b8bd,
            ]),
            Palette([
                0x2f64b8, 0x74a7e6, 0xc2dbf4, 0xfbeedd, 0xfffdf4, 0xffe4b5, 0xaec1dc, 0x2a3d4a, 0xfffaf2, 0xabb5cc,
            ]),
        ],
        .golden: [
            Palette([
                0x2b2c5e, 0x8a4a86, 0xf07f58, 0xffcb6b, 0xfff4c4, 0xff9646, 0xb56b7a, 0x1f1733, 0xffb57a, 0x6c4374,
            ]),
            Palette([
                0x174560, 0x5a7c90, 0xf0a65f, 0xffe29a, 0xfff7d4, 0xffb050, 0x9a8a86, 0x172a35, 0xffd8a0, 0x6b7484,
            ]),
            Palette([
                0x3a1c52, 0xa83a6c, 0xff6f58, 0xffd585, 0xfff0c8, 0xff7a4e, 0xa9506e, 0x24102e, 0xff9f86, 0x74305f,
            ]),
        ],
        .dusk: [
            Palette([
                0x0f1540, 0x342f72, 0x8c5096, 0xea948a, 0xffe6d8, 0xf08a90, 0x6a5a92, 0x0f0f28, 0xc98aa8, 0x3d366e,
            ]),
            Palette([
                0x0b2140, 0x23526e, 0x6592a0, 0xdfbfa6, 0xfff0dc, 0xe8b08c, 0x5d7f90, 0x0b1a28, 0xb8b4b4, 0x2f506a,
            ]),
            Palette([
                0x1a1238, 0x4b2a68, 0xa8507c, 0xf6a878, 0xffe8c8, 0xff8a70, 0x7c4a7a, 0x140c22, 0xe08a90, 0x4a2a60,
            ]),
        ],
        .night: [
            Palette(
                [0x040a1e, 0x0c1a3e, 0x1a3764, 0x3a6288, 0xf0f4ff, 0x7d9fdd, 0x24406a, 0x040812, 0x5d7ba8, 0x121f3f],
                isDark: true),
            Palette(
                [0x080518, 0x1b1140, 0x38235f, 0x70488a, 0xfdf0ff, 0xa685dd, 0x3c2a66, 0x07040f, 0x8268a8, 0x1d1338],
                isDark: true),
            Palette(
                [0x03101a, 0x08283a, 0x11505c, 0x3d8a86, 0xf2fff8, 0x74d0c0, 0x15495a, 0x030b10, 0x5aa0a0, 0x0c2e3a],
                isDark: true),
        ],
    ]
}
