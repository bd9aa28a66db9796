/// The content rules as data with a version, which every decision names. They are compiled in so far.
package struct RuleSet: Codable, Equatable, Sendable {
    /// What a matching phrase means for the text it stands in.
    package enum Verdict: String, Codable, Sendable {
        /// Refused at once, in prompts as in captions.
        case refuse
        /// Shown to moderators before others see it.
        case review
        /// Allowed, marked as not safe for work.
        case nsfw
    }

    package struct Rule: Codable, Equatable, Sendable {
        /// Named in the moderator's view and in metrics: `sexual-minors`, `violence`, …
        package var name: String
        package var verdict: Verdict
        /// Lower-case phrases without signs, matched at word boundaries after normalisation.
        package var phrases: [String]
        /// When present, one of these must occur as well: `child` alone is no offence.
        package var together: [String]?

        package init(name: String, verdict: Verdict, phrases: [String], together: [String]? = nil) {
            self.name = name
            self.verdict = verdict
            self.phrases = phrases
            self.together = together
        }
    }

    package var version: Int
    package var rules: [Rule]

    package init(version: Int, rules: [Rule]) {
        self.version = version
        self.rules = rules
    }

    private static let sexual = [
        "porn", "porno", "pornographic", "pornography", "hentai", "xxx", "nsfw", "nude", "nudes", "naked", "topless",
        "sexual", "sex",
        "erotic",
    ]

    /// The rules that a new deployment starts with.
    package static let standard = RuleSet(
        version: 1,
        rules: [
            Rule(
                name: "sexual-minors", verdict: .refuse,
                phrases: [
                    "child", "children", "kid", "kids", "minor", "minors", "teen", "toddler", "schoolgirl", "loli",
                    "shota",
                ],
                together: sexual),
            Rule(
                name: "sexual-explicit", verdict: .refuse,
                phrases: ["porn", "porno", "pornographic", "pornography", "hentai", "xxx", "bestiality", "rape"]),
            Rule(
                name: "violence-real", verdict: .refuse,
                phrases: ["beheading", "snuff", "how to make a bomb", "school shooting", "mass shooting"]),
            Rule(
                name: "hate", verdict: .refuse,
                phrases: ["heil hitler", "white power", "gas the", "ethnic cleansing", "death to all"]),
            Rule(
                name: "self-harm", verdict: .refuse,
                phrases: ["suicide method", "kill myself", "kill yourself", "self harm"]),
            Rule(name: "gore", verdict: .review, phrases: ["gore", "gory", "dismembered", "mutilated", "decapitated"]),
            Rule(name: "swastika", verdict: .review, phrases: ["swastika", "nazi", "ku klux klan"]),
            Rule(
                name: "spam", verdict: .review,
                phrases: ["free gems", "click here", "buy followers", "telegram me", "whatsapp me"]),
            Rule(
                name: "nudity", verdict: .nsfw,
                phrases: ["nude", "nudes", "naked", "topless", "erotic", "lingerie", "nsfw"]),
        ])
}
