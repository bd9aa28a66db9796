import ContentRules
import Domain
import Testing

@Suite struct ContentRulesTests {
    let rules = ContentRules()

    @Test(arguments: [
        "hardcore porn", "P0RN", "p o r n", "pоrn", "po\u{200b}rn", "HENTAI!", "naked children", "Nude teen",
    ])
    func `what is refused is refused however it is written`(prompt: String) {
        #expect(rules.check(prompt).isRefused)
    }

    @Test(arguments: [
        "children playing in a meadow", "Essex skyline at dusk", "a cat in the rain", "Scunthorpe at night", "",
    ])
    func `harmless words that contain or resemble others pass`(prompt: String) {
        #expect(rules.check(prompt).matched.isEmpty)
    }

    @Test func `texts that belong together are judged together`() {
        #expect(rules.check("a schoolgirl", "erotic").matched.contains("sexual-minors"))
    }

    @Test func `review and nsfw are told apart`() {
        let gore = rules.check("gory battlefield")
        #expect(gore.needsReview && !gore.isRefused && !gore.isNSFW)
        let nude = rules.check("classical nude, oil on canvas")
        #expect(nude.isNSFW && !nude.isRefused && nude.nsfwScore == 0.8)
    }
}

@Suite struct SubjectsTests {
    @Test(arguments: [
        ("a snowy mountain above a lake at sunset", Category.landscape), ("portrait of a queen", .portrait),
        ("neon robot in space", .scifi), ("asdf qwer", .art),
    ])
    func `the category follows the words`(prompt: String, category: Category) {
        #expect(Subjects.category(of: prompt) == category)
    }

    @Test func `tags are the first distinct words worth having`() {
        #expect(Subjects.tags(of: "The fox and the owl, over 1000 fox hills in 4k") == ["fox", "owl", "hills"])
    }
}
