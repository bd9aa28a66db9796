/// What a word of the prompt asks of the painter.
enum Meaning {
    case scenery(Scenery, Float = 1)
    case hour(Hour)
    case feature(Feature)
    case mood(Mood)
    case colour(UInt32)
}

/// The words the painter knows. A plain table: whoever wants it to understand another word adds a line.
enum Vocabulary {
    /// The meanings of a word, of its singular, or of none of them.
    static func meanings(of word: String) -> [Meaning] {
        if let known = words[word] { return known }
        for (ending, replacement) in [
            ("ies", "y"), ("es", ""), ("s", ""), ("y", ""), ("ing", ""), ("ing", "e"), ("ed", ""),
        ]
        where word.count > ending.count + 2 && word.hasSuffix(ending) {
            if let known = words[word.dropLast(ending.count) + replacement] { return known }
        }
        return []
    }

    private static let words: [String: [Meaning]] = places.merging(things) { $0 + $1 }.merging(moods) { $0 + $1 }
        .merging(colours) { $0 + $1 }

    private static let places: [String: [Meaning]] = [
        "sea": [.scenery(.sea)], "ocean": [.scenery(.sea)], "beach": [.scenery(.sea)], "coast": [.scenery(.sea)],
        "wave": [.scenery(.sea)], "harbor": [.scenery(.sea), .feature(.boat)],
        "harbour": [.scenery(.sea), .feature(.boat)],
        "island": [.scenery(.sea), .feature(.mountains)], "shore": [.scenery(.sea)], "water": [.feature(.water)],
        "lake": [.scenery(.mountains, 0.6), .feature(.water)], "river": [.scenery(.mountains, 0.5), .feature(.water)],
        "fjord": [.scenery(.mountains), .feature(.water)], "reflection": [.feature(.water)],
        "mountain": [.scenery(.mountains), .feature(.mountains)], "peak": [.scenery(.mountains), .feature(.mountains)],
        "alp": [.scenery(.mountains), .feature(.mountains), .feature(.snowcaps)], "summit": [.scenery(.mountains)],
        "cliff": [.scenery(.mountains)], "valley": [.scenery(.mountains), .feature(.mountains)],
        "canyon": [.scenery(.desert)], "volcano": [.scenery(.mountains), .colour(0xd8432b)],
        "himalaya": [.scenery(.mountains), .feature(.snowcaps)],
        "glacier": [.scenery(.mountains), .feature(.snowcaps)],
        "forest": [.scenery(.forest)], "wood": [.scenery(.forest)], "woodland": [.scenery(.forest)],
        "jungle": [.scenery(.forest), .colour(0x2f8f4e)], "grove": [.scenery(.forest)],
        "tree": [.scenery(.forest, 0.5)],
        "birch": [.scenery(.forest)], "pine": [.scenery(.mountains, 0.5), .feature(.pines)],
        "city": [.scenery(.city)], "town": [.scenery(.city)], "skyline": [.scenery(.city)], "street": [.scenery(.city)],
        "skyscraper": [.scenery(.city)], "tower": [.scenery(.city, 0.6)], "tokyo": [.scenery(.city), .mood(.vivid)],
        "york": [.scenery(.city)], "manhattan": [.scenery(.city), .feature(.water)], "downtown": [.scenery(.city)],
        "cyberpunk": [.scenery(.city), .hour(.night), .colour(0xff3ea5), .colour(0x19d3ff), .mood(.vivid)],
        "neon": [.scenery(.city, 0.4), .hour(.night), .colour(0xff3ea5), .colour(0x19d3ff), .mood(.vivid)],
        "space": [.scenery(.space)], "galaxy": [.scenery(.space)], "nebula": [.scenery(.space)],
        "cosmos": [.scenery(.space)], "cosmic": [.scenery(.space)], "universe": [.scenery(.space)],
        "planet": [.scenery(.space), .feature(.planet)],
        "saturn": [.scenery(.space), .feature(.planet), .feature(.ring)],
        "ring": [.feature(.ring)], "astronaut": [.scenery(.space), .feature(.planet)],
        "mars": [.scenery(.space), .feature(.planet), .colour(0xc8552f)],
        "comet": [.scenery(.space, 0.6), .feature(.meteor)], "asteroid": [.scenery(.space)],
        "spaceship": [.scenery(.space), .feature(.planet)],
        "desert": [.scenery(.desert)], "dune": [.scenery(.desert)], "sahara": [.scenery(.desert)],
        "sand": [.scenery(.desert, 0.5)],
        "meadow": [.scenery(.meadow)], "field": [.scenery(.meadow)], "garden": [.scenery(.meadow), .feature(.flowers)],
        "hill": [.scenery(.meadow, 0.8)], "grass": [.scenery(.meadow, 0.6)], "countryside": [.scenery(.meadow)],
        "lavender": [.scenery(.meadow), .feature(.flowers), .colour(0x8a6bd1)],
        "flower": [.scenery(.meadow, 0.9), .feature(.flowers)],
        "poppy": [.scenery(.meadow), .feature(.flowers), .colour(0xd9352c)],
        "rose": [.scenery(.meadow, 0.6), .feature(.flowers), .colour(0xd9436a)],
        "tulip": [.scenery(.meadow), .feature(.flowers)],
        "sunflower": [.scenery(.meadow), .feature(.flowers), .colour(0xf2b91d)],
        "portrait": [.scenery(.portrait, 1.5)], "face": [.scenery(.portrait)], "woman": [.scenery(.portrait)],
        "man": [.scenery(.portrait)],
        "girl": [.scenery(.portrait)], "boy": [.scenery(.portrait)], "queen": [.scenery(.portrait)],
        "king": [.scenery(.portrait)],
        "princess": [.scenery(.portrait)], "person": [.scenery(.portrait, 0.8)], "warrior": [.scenery(.portrait)],
        "goddess": [.scenery(.portrait)],
        "dreamer": [.scenery(.portrait)], "selfie": [.scenery(.portrait)],
        "abstract": [.scenery(.abstract, 1.5)], "pattern": [.scenery(.abstract)], "marble": [.scenery(.abstract)],
        "silk": [.scenery(.abstract)],
        "fluid": [.scenery(.abstract)], "ink": [.scenery(.abstract)], "swirl": [.scenery(.abstract)],
        "texture": [.scenery(.abstract)],
        "music": [.scenery(.abstract, 0.7)], "chaos": [.scenery(.abstract)], "energy": [.scenery(.abstract, 0.7)],
        "emotion": [.scenery(.abstract, 0.7)],
    ]

    private static let things: [String: [Meaning]] = [
        "sunrise": [.hour(.dawn), .feature(.sun)], "dawn": [.hour(.dawn)], "morning": [.hour(.dawn)],
        "noon": [.hour(.day)],
        "day": [.hour(.day)], "daylight": [.hour(.day)], "sunny": [.hour(.day), .feature(.sun)],
        "summer": [.hour(.day)],
        "sunset": [.hour(.golden), .feature(.sun)], "golden": [.hour(.golden), .colour(0xf4b23c)],
        "evening": [.hour(.golden)],
        "afternoon": [.hour(.day)], "dusk": [.hour(.dusk)], "twilight": [.hour(.dusk)], "blue-hour": [.hour(.dusk)],
        "night": [.hour(.night)], "midnight": [.hour(.night)], "moonlight": [.hour(.night), .feature(.moon)],
        "moonlit": [.hour(.night), .feature(.moon)], "starlit": [.hour(.night), .feature(.stars)],
        "moon": [.feature(.moon)], "sun": [.feature(.sun)], "star": [.feature(.stars), .hour(.night)],
        "starry": [.feature(.stars), .hour(.night)],
        "constellation": [.feature(.stars), .hour(.night)], "milky": [.feature(.stars), .hour(.night)],
        "meteor": [.feature(.meteor), .hour(.night)], "shooting": [.feature(.meteor)],
        "aurora": [.feature(.aurora), .hour(.night)], "borealis": [.feature(.aurora), .hour(.night)],
        "northern": [.feature(.aurora)],
        "cloud": [.feature(.clouds)], "overcast": [.feature(.clouds), .mood(.sombre)],
        "fog": [.feature(.fog)], "mist": [.feature(.fog)], "haze": [.feature(.fog)], "smoke": [.feature(.fog)],
        "rain": [.feature(.rain), .feature(.clouds)], "storm": [.feature(.clouds), .mood(.stormy)],
        "thunder": [.feature(.clouds), .mood(.stormy)],
        "snow": [.feature(.snow), .feature(.snowcaps)], "snowy": [.feature(.snowcaps)],
        "snowing": [.feature(.snow), .feature(.snowcaps)], "winter": [.feature(.snow), .feature(.snowcaps)],
        "blizzard": [.feature(.snow), .feature(.fog)],
        "ice": [.feature(.snowcaps), .colour(0xa9d6ea)], "frozen": [.feature(.snowcaps)],
        "bird": [.feature(.birds)], "seagull": [.feature(.birds)], "gull": [.feature(.birds)],
        "eagle": [.feature(.birds)], "crane": [.feature(.birds)],
        "boat": [.feature(.boat), .scenery(.sea, 0.5)], "ship": [.feature(.boat), .scenery(.sea, 0.5)],
        "sail": [.feature(.boat), .scenery(.sea, 0.5)],
        "sailboat": [.feature(.boat), .scenery(.sea, 0.6)], "yacht": [.feature(.boat), .scenery(.sea, 0.6)],
        "lighthouse": [.feature(.lighthouse), .scenery(.sea, 0.8)],
        "castle": [.feature(.castle), .scenery(.mountains, 0.6)],
        "palace": [.feature(.castle)], "fortress": [.feature(.castle)],
        "kingdom": [.feature(.castle), .scenery(.mountains, 0.5)],
        "cabin": [.feature(.cabin), .scenery(.mountains, 0.4)], "house": [.feature(.cabin)],
        "cottage": [.feature(.cabin)], "hut": [.feature(.cabin)],
        "cat": [.feature(.cat)], "kitten": [.feature(.cat)], "balloon": [.feature(.balloon)],
        "dragon": [.feature(.castle), .scenery(.mountains, 0.5), .mood(.stormy)],
    ]

    private static let moods: [String: [Meaning]] = [
        "calm": [.mood(.calm)], "peaceful": [.mood(.calm)], "serene": [.mood(.calm)], "quiet": [.mood(.calm)],
        "tranquil": [.mood(.calm)], "zen": [.mood(.calm)],
        "dream": [.mood(.dreamy)], "dreamy": [.mood(.dreamy)], "magic": [.mood(.dreamy)], "magical": [.mood(.dreamy)],
        "fantasy": [.mood(.dreamy)],
        "ethereal": [.mood(.dreamy)], "fairy": [.mood(.dreamy)], "mystical": [.mood(.dreamy), .feature(.fog)],
        "enchanted": [.mood(.dreamy)], "surreal": [.mood(.dreamy)],
        "vaporwave": [.mood(.dreamy), .colour(0xff6ac1), .colour(0x51e1ed)], "pastel": [.mood(.dreamy)],
        "dark": [.mood(.sombre)], "gloomy": [.mood(.sombre)], "sad": [.mood(.sombre)], "lonely": [.mood(.sombre)],
        "melancholy": [.mood(.sombre)],
        "moody": [.mood(.sombre)], "gothic": [.mood(.sombre)],
        "haunted": [.mood(.sombre), .feature(.fog), .hour(.night)], "spooky": [.mood(.sombre), .hour(.night)],
        "stormy": [.mood(.stormy), .feature(.clouds)], "dramatic": [.mood(.stormy), .feature(.clouds)],
        "epic": [.mood(.stormy)], "angry": [.mood(.stormy)],
        "vivid": [.mood(.vivid)], "vibrant": [.mood(.vivid)], "colorful": [.mood(.vivid)], "colourful": [.mood(.vivid)],
        "bright": [.mood(.vivid)],
        "happy": [.mood(.vivid)], "joy": [.mood(.vivid)], "psychedelic": [.mood(.vivid)], "rainbow": [.mood(.vivid)],
        "autumn": [.colour(0xd9822b), .colour(0xb5412b), .hour(.golden)], "fall": [.colour(0xd9822b)],
        "spring": [.feature(.flowers), .hour(.day)],
    ]

    private static let colours: [String: [Meaning]] = [
        "red": 0xd4322c, "crimson": 0xb3123a, "scarlet": 0xe0301e, "ruby": 0xa8123f, "orange": 0xf07d1a,
        "amber": 0xf2a21e, "gold": 0xe9b334,
        "yellow": 0xf3d23b, "lemon": 0xf5e65b, "green": 0x2fa04b, "emerald": 0x129c68, "olive": 0x8a8f3a,
        "mint": 0x8fdcb9, "lime": 0x9fd63a,
        "teal": 0x158a8c, "turquoise": 0x2fc4bd, "cyan": 0x28c7e0, "aqua": 0x4fd6d2, "blue": 0x2b66d9,
        "azure": 0x2f8ff0, "navy": 0x1c2f6e,
        "cobalt": 0x1f49c0, "sapphire": 0x1d44a8, "indigo": 0x4530a8, "purple": 0x7a35c0, "violet": 0x8448d8,
        "lilac": 0xb79ae0, "magenta": 0xd42a9a,
        "pink": 0xf27fb2, "peach": 0xf7b08a, "coral": 0xf4735e, "brown": 0x7d5232, "copper": 0xb96b3c,
        "bronze": 0xa27a3f, "sepia": 0x8c6b46,
        "white": 0xe6e9ee, "silver": 0xb9c2cc, "grey": 0x8c939b, "gray": 0x8c939b, "black": 0x20222a, "fire": 0xf0541e,
        "flame": 0xf0541e,
    ].mapValues { [.colour($0)] }
}
