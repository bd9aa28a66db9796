package import Domain

/// What a prompt is about: a category and a few tags, read from its words when the author names none.
package enum Subjects {
    private static let words: [(category: Category, words: Set<String>)] = [
        (
            .scifi,
            ["spaceship", "robot", "cyberpunk", "galaxy", "planet", "neon", "android", "alien", "nebula", "space"]
        ),
        (.fantasy, ["dragon", "wizard", "elf", "castle", "magic", "unicorn", "fairy", "knight", "myth", "spirit"]),
        (
            .animals,
            ["cat", "dog", "fox", "wolf", "bird", "owl", "horse", "whale", "tiger", "bear", "fish", "butterfly"]
        ),
        (.portrait, ["portrait", "face", "woman", "man", "girl", "boy", "person", "queen", "king", "smile"]),
        (.architecture, ["city", "skyline", "tower", "bridge", "house", "cathedral", "temple", "street", "building"]),
        (.food, ["cake", "coffee", "bread", "fruit", "pizza", "tea", "soup", "ramen", "dessert"]),
        (.meme, ["meme", "funny", "doge", "joke"]),
        (
            .landscape,
            [
                "mountain", "mountains", "sea", "ocean", "forest", "lake", "river", "desert", "valley", "sunset",
                "sunrise",
                "beach", "island", "meadow", "snow", "sky", "waterfall", "hills", "canyon",
            ]
        ),
        (.abstract, ["abstract", "geometric", "fractal", "pattern", "cubism", "minimal", "shapes"]),
    ]

    private static let connectives: Set<String> = [
        "the", "and", "with", "over", "under", "into", "from", "near", "that", "this", "very", "some", "made", "like",
        "style",
        "for", "off", "its", "are", "has", "above", "below", "through", "between", "beside",
    ]

    /// The category with most of its words in the prompt; `.art` when none has any.
    package static func category(of prompt: String) -> Category {
        let present = Set(NormalizedText(prompt).words)
        let best = words.map { (category: $0.category, hits: $0.words.intersection(present).count) }
            .reduce((category: Category.art, hits: 0)) { $1.hits > $0.hits ? $1 : $0 }
        return best.category
    }

    /// Up to `limit` distinct words of three letters and more, in order, without connectives.
    package static func tags(of prompt: String, limit: Int = 5) -> [String] {
        var seen: Set<String> = []
        let candidates = NormalizedText(prompt).words.filter { word in
            (3...30).contains(word.unicodeScalars.count) && !connectives.contains(word) && seen.insert(word).inserted
        }
        return Array(candidates.prefix(limit))
    }
}
