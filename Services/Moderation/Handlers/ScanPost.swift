import ContentRules
import Domain
import Events

/// Looks at a post before others see it: at all of its words, together.
struct ScanPost: Sendable {
    let rules: ContentRules
    let decisions: Decisions

    func created(_ event: PostCreated) async throws {
        try await scan(event.post, more: [event.refinedPrompt].compactMap(\.self))
    }

    /// A post whose new words wait for a look.
    func updated(_ event: PostUpdated) async throws {
        guard event.post.moderationStatus == .pending, !event.post.isRemoved else { return }
        try await scan(event.post, more: [])
    }

    private func scan(_ post: PostSnapshot, more: [String]) async throws {
        let verdict = rules.check([post.prompt] + more + [post.caption].compactMap(\.self) + post.tags)
        try await decisions.record(
            Self.decision(verdict), on: post.postID, of: post.authorID,
            once: ["scan", post.postID.hex, String(post.version)])
    }

    static func decision(_ verdict: ContentRules.Verdict) -> Decision {
        let outcome: Decision.Outcome =
            verdict.isRefused ? .reject : verdict.needsReview ? .flag : .approve(isNSFW: verdict.isNSFW)
        let reason = verdict.matched.isEmpty ? "no rule matched" : "rules: " + verdict.matched.joined(separator: ", ")
        var decision = Decision(outcome: outcome, reason: reason, decidedBy: "auto")
        decision.rules = verdict.matched
        decision.ruleSetVersion = verdict.ruleSetVersion
        decision.nsfwScore = verdict.nsfwScore
        return decision
    }
}
