enum Scenery: CaseIterable { case sea, mountains, forest, city, space, desert, meadow, portrait, abstract }
enum Hour: CaseIterable { case dawn, day, golden, dusk, night }
enum Mood { case calm, dreamy, sombre, stormy, vivid }
enum Feature: Hashable {
    case water, mountains, snowcaps, pines, sun, moon, stars, meteor, aurora, clouds, fog, rain, snow
    case birds, boat, lighthouse, castle, cabin, cat, balloon, flowers, planet, ring
}

/// What a prompt asks for, in the painter's terms. Whatever the words leave open, the seed decides.
struct Brief {
    var scenery: Scenery
    var hour: Hour
    var features: Set<Feature>
    var moods: Set<Mood>
    /// Named in the prompt, in its order.
    var colours: [Ink]
    /// 0...1: how far named colours may pull the palette.
    var pull: Float

    /// - Parameter random: decides what the words leave open; numbers are always drawn in the same order.
    init(_ order: PaintOrder, random: inout PaintRandom) {
        let wanted = Self.read(order.prompt), unwanted = Self.read(order.negativePrompt)
        let anyScenery = random.pick([Scenery.mountains, .sea, .meadow, .mountains, .forest, .desert, .abstract, .sea])
        let anyHour = random.pick([Hour.dawn, .golden, .golden, .dusk, .night, .day])

        var score: [Scenery: Float] = [:]
        for (place, meaning) in wanted.enumerated() {
            if case .scenery(let scenery, let weight) = meaning {
                score[scenery, default: 0] += weight - Float(place) * 0.004
            }
        }
        for case .scenery(let scenery, _) in unwanted { score[scenery] = nil }
        scenery = Scenery.allCases.filter { score[$0] != nil }.max { (score[$0] ?? 0) < (score[$1] ?? 0) } ?? anyScenery

        hour = anyHour
        if let named = wanted.lazy.compactMap({ if case .hour(let hour) = $0 { hour } else { nil } }).first {
            hour = named
        }

        features = []
        moods = []
        colours = []
        pull = Curve.clamp(0.35 + order.guidance * 0.035, 0.2, 0.85)
        for meaning in wanted {
            switch meaning {
            case .feature(let feature): features.insert(feature)
            case .mood(let mood): moods.insert(mood)
            case .colour(let hex): if colours.count < 4 { colours.append(Ink(hex: hex)) }
            case .scenery(.sea, _): features.insert(.water)
            case .scenery, .hour: break
            }
        }
        for meaning in unwanted {
            switch meaning {
            case .feature(let feature): features.remove(feature)
            case .mood(let mood): moods.remove(mood)
            case .scenery, .hour, .colour: break
            }
        }
        if scenery != .mountains, score[.mountains] != nil { features.insert(.mountains) }
        let skipsClouds = unwanted.contains { if case .feature(.clouds) = $0 { true } else { false } }
        let drawn = random.unit()
        if drawn < 0.55, !skipsClouds { features.insert(.clouds) }
    }

    /// The meanings of a text, in the order of its words.
    private static func read(_ text: String) -> [Meaning] {
        text.lowercased().split { !$0.isLetter && $0 != "-" }.prefix(400).flatMap { word in
            let whole = Vocabulary.meanings(of: String(word))
            return whole.isEmpty && word.contains("-")
                ? word.split(separator: "-").flatMap { Vocabulary.meanings(of: String($0)) } : whole
        }
    }
}
