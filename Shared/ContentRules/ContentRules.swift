/// Judges prompts and captions against a rule set.
///
/// Compiled once and used by generation (before a picture is painted) and moderation (before others see a post), so that
/// both read the same words the same way.
package struct ContentRules: Sendable {
    package struct Verdict: Equatable, Sendable {
        /// Names of the rules that matched, in the rule set's order.
        package let matched: [String]
        package let isRefused: Bool
        package let needsReview: Bool
        package let isNSFW: Bool
        package let ruleSetVersion: Int

        /// 0-1: what is stored as `nsfwScore`.
        package var nsfwScore: Double { isRefused ? 1 : isNSFW ? 0.8 : needsReview ? 0.4 : 0 }
    }

    private struct CompiledRule: Sendable {
        let name: String
        let verdict: RuleSet.Verdict
        let phrases: [[String]]
        let together: [[String]]?
    }

    private let rules: [CompiledRule]
    private let version: Int

    package init(_ ruleSet: RuleSet = .standard) {
        version = ruleSet.version
        rules = ruleSet.rules.map { rule in
            CompiledRule(
                name: rule.name, verdict: rule.verdict, phrases: rule.phrases.map { NormalizedText($0).words },
                together: rule.together?.map { NormalizedText($0).words })
        }
    }

    /// Judges texts that belong together, as a prompt with its refined and its negative form, or a caption with its tags.
    package func check(_ texts: String?...) -> Verdict {
        check(texts.compactMap(\.self))
    }

    package func check(_ texts: [String]) -> Verdict {
        let normalized = texts.map(NormalizedText.init)
        let matched = rules.filter { rule in
            Self.occurs(rule.phrases, in: normalized) && (rule.together.map { Self.occurs($0, in: normalized) } ?? true)
        }
        return Verdict(
            matched: matched.map(\.name), isRefused: matched.contains { $0.verdict == .refuse },
            needsReview: matched.contains { $0.verdict == .review }, isNSFW: matched.contains { $0.verdict == .nsfw },
            ruleSetVersion: version)
    }

    private static func occurs(_ phrases: [[String]], in texts: [NormalizedText]) -> Bool {
        phrases.contains { phrase in texts.contains { $0.contains(phrase) } }
    }
}
