/// The Porter stemmer for English in its second edition, as Snowball publishes it: what MongoDB stems with.
struct EnglishStemmer {
    private typealias Rules = [(suffix: String, replacement: String)]

    private var word: [UInt8]
    /// Where the regions begin in which suffixes may go.
    private var first = 0
    private var second = 0

    static func stem(_ text: String) -> String {
        guard text.utf8.count > 2, text.utf8.allSatisfy({ $0 < 128 }) else { return text }
        if let exception = exceptions[text] { return exception }
        var stemmer = EnglishStemmer(word: Array(text.utf8))
        stemmer.run()
        return stemmer.text.replacing("Y", with: "y")
    }

    private init(word: [UInt8]) { self.word = word }

    private mutating func run() {
        prepare()
        apply(Self.possessives, after: 0)
        dropPlural()
        if Self.unchanging.contains(text) { return }
        dropTense()
        if word.count > 2, ends("y") || ends("Y"), !isVowel(word.count - 2) { replace("y", "i") }
        if !apply(Self.firstRules, after: first) {
            if precedes("ogi", oneOf: "l") {
                apply([("ogi", "og")], after: first)
            } else if precedes("li", oneOf: "cdeghkmnrt") {
                apply([("li", "")], after: first)
            }
        }
        if !apply(Self.secondRules, after: first) { apply([("ative", "")], after: second) }
        if !apply(Self.thirdRules, after: second), precedes("ion", oneOf: "st") { apply([("ion", "")], after: second) }
        dropLast()
    }

    private static let exceptions: [String: String] = [
        "skis": "ski", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "idly": "idl",
        "gently": "gentl", "ugly": "ugli", "early": "earli", "only": "onli", "singly": "singl", "sky": "sky",
        "news": "news", "howe": "howe", "atlas": "atlas", "cosmos": "cosmos", "bias": "bias", "andes": "andes",
    ]
    private static let unchanging: Set<String> = [
        "inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed",
    ]
    private static let possessives: Rules = [("'s'", ""), ("'s", ""), ("'", "")]
    private static let firstRules: Rules = [
        ("ization", "ize"), ("ational", "ate"), ("fulness", "ful"), ("ousness", "ous"), ("iveness", "ive"),
        ("tional", "tion"), ("biliti", "ble"), ("lessli", "less"), ("entli", "ent"), ("ation", "ate"),
        ("alism", "al"), ("aliti", "al"), ("ousli", "ous"), ("iviti", "ive"), ("fulli", "ful"), ("enci", "ence"),
        ("anci", "ance"), ("abli", "able"), ("izer", "ize"), ("ator", "ate"), ("alli", "al"), ("bli", "ble"),
    ]
    private static let secondRules: Rules = [
        ("ational", "ate"), ("tional", "tion"), ("alize", "al"), ("icate", "ic"), ("iciti", "ic"), ("ical", "ic"),
        ("ness", ""), ("ful", ""),
    ]
    private static let thirdRules: Rules = [
        "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "al",
        "er", "ic",
    ].map { ($0, "") }

    private static let vowels = Set("aeiouy".utf8)

    private var text: String { String(decoding: word, as: UTF8.self) }
    private func isVowel(_ index: Int) -> Bool { Self.vowels.contains(word[index]) }
    private func ends(_ suffix: String) -> Bool { word.reversed().starts(with: suffix.utf8.reversed()) }

    /// Whether one of some letters stands before a suffix.
    private func precedes(_ suffix: String, oneOf letters: String) -> Bool {
        let place = word.count - suffix.utf8.count - 1
        return ends(suffix) && place >= 0 && letters.utf8.contains(word[place])
    }

    private mutating func replace(_ suffix: String, _ replacement: String) {
        word.removeLast(suffix.utf8.count)
        word += Array(replacement.utf8)
    }

    /// Replaces the first suffix of the rules that the word ends in, if it lies in the region.
    /// - Returns: whether there was one, replaced or not.
    @discardableResult
    private mutating func apply(_ rules: Rules, after region: Int) -> Bool {
        guard let rule = rules.first(where: { ends($0.suffix) }) else { return false }
        if word.count - rule.suffix.utf8.count >= region { replace(rule.suffix, rule.replacement) }
        return true
    }

    /// Marks y's that are consonants and finds the two regions.
    private mutating func prepare() {
        if word.first == UInt8(ascii: "'") { word.removeFirst() }
        for index in word.indices where word[index] == UInt8(ascii: "y") && (index == 0 || isVowel(index - 1)) {
            word[index] = UInt8(ascii: "Y")
        }
        let special = ["gener", "commun", "arsen"].first { text.hasPrefix($0) }
        first = special?.utf8.count ?? region(from: 0)
        second = region(from: first)
    }

    /// After the first consonant that follows a vowel.
    private func region(from start: Int) -> Int {
        let vowel = word.indices.dropFirst(start).first { isVowel($0) } ?? word.count
        let consonant = word.indices.dropFirst(vowel).first { !isVowel($0) } ?? word.count
        return min(consonant + 1, word.count)
    }

    private mutating func dropPlural() {
        if ends("sses") { return replace("sses", "ss") }
        if ends("ied") || ends("ies") { return replace("ies", word.count > 4 ? "i" : "ie") }
        if ends("us") || ends("ss") || !ends("s") { return }
        if word.dropLast(2).contains(where: Self.vowels.contains) { word.removeLast() }
    }

    private mutating func dropTense() {
        if apply([("eedly", "ee"), ("eed", "ee")], after: first) { return }
        guard let suffix = ["ingly", "edly", "ing", "ed"].first(where: ends),
            word.dropLast(suffix.utf8.count).contains(where: Self.vowels.contains)
        else { return }
        replace(suffix, "")
        if ["at", "bl", "iz"].contains(where: ends) {
            replace("", "e")
        } else if ["bb", "dd", "ff", "gg", "mm", "nn", "pp", "rr", "tt"].contains(where: ends) {
            word.removeLast()
        } else if first >= word.count, endsShort {
            replace("", "e")
        }
    }

    private var endsShort: Bool {
        let count = word.count
        if count == 2 { return isVowel(0) && !isVowel(1) }
        return count > 2 && !isVowel(count - 3) && isVowel(count - 2) && !isVowel(count - 1)
            && !"wxY".utf8.contains(word[count - 1])
    }

    private mutating func dropLast() {
        if ends("e") {
            let isShortBefore = EnglishStemmer(word: Array(word.dropLast())).endsShort
            apply([("e", "")], after: isShortBefore ? second : first)
        } else if precedes("l", oneOf: "l") {
            apply([("l", "")], after: second)
        }
    }
}
