import ContentRules
import Testing

@testable import ModerationService

@Suite struct ScanPostTests {
    @Test(arguments: [
        ("a fox in the snow", "approve"), ("hardcore porn", "reject"), ("gory battlefield", "flag"),
        ("a nude by Titian", "nsfw"),
    ])
    func `the rules decide what they can and leave the rest to a person`(prompt: String, outcome: String) {
        let decision = ScanPost.decision(ContentRules().check(prompt))
        let expected: Decision.Outcome =
            switch outcome {
            case "approve": .approve(isNSFW: false)
            case "nsfw": .approve(isNSFW: true)
            case "reject": .reject
            default: .flag
            }
        #expect(decision.outcome == expected)
        #expect(decision.decidedBy == "auto")
        #expect(decision.ruleSetVersion == 1)
    }
}
