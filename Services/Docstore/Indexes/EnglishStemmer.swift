/// The Porter stemmer for English in its second edition, as Snowball publishes it: what MongoDB stems with.
struct EnglishStemmer {
    private var word: [UInt8]
    /// Where the regions begin in which suffixes may go.
    private var first = 0
    private var second = 0

    static func stem(_ text: String) -> String {
        guard text.utf8.count > 2, text.utf8.allSatisfy({ $0 < 128 }) else { return text }
        if let exception = exceptions[text] { return exception }
        var stemmer = EnglishStemmer(word: Array(text.utf8))
        stemmer.run()
        return String(decoding: stemmer.word, as: UTF8.self)
    }

    private init(word: [UInt8]) { self.word = word }

    private mutating func run() {
        prepare()
        dropPossessive()
        dropPlural()
        if Self.unchanging.contains(text) { return }
        dropTense()
        if word.count > 2, word.last == Self.y || word.last == Self.markedY, !isVowel(word.count - 2) {
            word[word.count - 1] = UInt8(ascii: "i")
        }
        replaceFirst()
        replaceSecond()
        dropThird()
        dropLast()
        for index in word.indices where word[index] == Self.markedY { word[index] = Self.y }
    }

    private static let y = UInt8(ascii: "y")
    /// A y that is a consonant.
    private static let markedY = UInt8(ascii: "Y")
    private static let vowels = Set("aeiouy".utf8)

    private static let exceptions: [String: String] = [
        "skis": "ski", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "idly": "idl",
        "gently": "gentl", "ugly": "ugli", "early": "earli", "only": "onli", "singly": "singl", "sky": "sky",
        "news": "news", "howe": "howe", "atlas": "atlas", "cosmos": "cosmos", "bias": "bias", "andes": "andes",
    ]
    private static let unchanging: Set<String> = [
        "inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed",
    ]

    private var text: String { String(decoding: word, as: UTF8.self) }
    private func isVowel(_ index: Int) -> Bool { Self.vowels.contains(word[index]) }
    private func ends(_ suffix: String) -> Bool {
        word.count >= suffix.utf8.count && word[(word.count - suffix.utf8.count)...].elementsEqual(suffix.utf8)
    }

    private mutating func replace(_ suffix: String, _ replacement: String) {
        word.removeLast(suffix.utf8.count)
        word += Array(replacement.utf8)
    }

    private func inFirst(_ suffix: String) -> Bool { word.count - suffix.utf8.count >= first }
    private func inSecond(_ suffix: String) -> Bool { word.count - suffix.utf8.count >= second }

    /// Marks consonant y's and finds the two regions.
    private mutating func prepare() {
        if word.first == UInt8(ascii: "'") { word.removeFirst() }
        for index in word.indices where word[index] == Self.y {
            if index == 0 || isVowel(index - 1) { word[index] = Self.markedY }
        }
        let special = ["gener", "commun", "arsen"].first { text.hasPrefix($0) }
        first = special?.utf8.count ?? region(from: 0)
        second = region(from: first)
    }

    /// After the first consonant that follows a vowel.
    private func region(from start: Int) -> Int {
        var index = start
        while index < word.count, !isVowel(index) { index += 1 }
        while index < word.count, isVowel(index) { index += 1 }
        return min(index + 1, word.count)
    }

    private mutating func dropPossessive() {
        for suffix in ["'s'", "'s", "'"] where ends(suffix) {
            word.removeLast(suffix.utf8.count)
            return
        }
    }

    private mutating func dropPlural() {
        if ends("sses") { return replace("sses", "ss") }
        if ends("ied") || ends("ies") { return replace("ies", word.count > 4 ? "i" : "ie") }
        if ends("us") || ends("ss") { return }
        if ends("s"), word.count > 2, word[..<(word.count - 2)].contains(where: Self.vowels.contains) {
            word.removeLast()
        }
    }

    private mutating func dropTense() {
        for suffix in ["eedly", "eed"] where ends(suffix) {
            if inFirst(suffix) { replace(suffix, "ee") }
            return
        }
        for suffix in ["ingly", "edly", "ing", "ed"] where ends(suffix) {
            guard word[..<(word.count - suffix.utf8.count)].contains(where: Self.vowels.contains) else { return }
            word.removeLast(suffix.utf8.count)
            if ends("at") || ends("bl") || ends("iz") { return word.append(UInt8(ascii: "e")) }
            if ["bb", "dd", "ff", "gg", "mm", "nn", "pp", "rr", "tt"].contains(where: ends) {
                word.removeLast()
            } else if isShort {
                word.append(UInt8(ascii: "e"))
            }
            return
        }
    }

    /// Ends in a short syllable that is all there is.
    private var isShort: Bool { first >= word.count && endsShort }

    private var endsShort: Bool {
        let count = word.count
        if count == 2 { return isVowel(0) && !isVowel(1) }
        guard count > 2, !isVowel(count - 3), isVowel(count - 2), !isVowel(count - 1) else { return false }
        return ![UInt8(ascii: "w"), UInt8(ascii: "x"), Self.markedY].contains(word[count - 1])
    }

    private mutating func replaceFirst() {
        let suffixes = [
            ("ization", "ize"), ("ational", "ate"), ("fulness", "ful"), ("ousness", "ous"), ("iveness", "ive"),
            ("tional", "tion"), ("biliti", "ble"), ("lessli", "less"), ("entli", "ent"), ("ation", "ate"),
            ("alism", "al"), ("aliti", "al"), ("ousli", "ous"), ("iviti", "ive"), ("fulli", "ful"), ("enci", "ence"),
            ("anci", "ance"), ("abli", "able"), ("izer", "ize"), ("ator", "ate"), ("alli", "al"), ("bli", "ble"),
        ]
        for (suffix, replacement) in suffixes where ends(suffix) {
            if inFirst(suffix) { replace(suffix, replacement) }
            return
        }
        if ends("ogi") {
            if inFirst("ogi"), word.count > 3, word[word.count - 4] == UInt8(ascii: "l") { replace("ogi", "og") }
        } else if ends("li"), inFirst("li"), word.count > 2, Set("cdeghkmnrt".utf8).contains(word[word.count - 3]) {
            word.removeLast(2)
        }
    }

    private mutating func replaceSecond() {
        let suffixes = [
            ("ational", "ate"), ("tional", "tion"), ("alize", "al"), ("icate", "ic"), ("iciti", "ic"), ("ical", "ic"),
            ("ness", ""), ("ful", ""),
        ]
        for (suffix, replacement) in suffixes where ends(suffix) {
            if inFirst(suffix) { replace(suffix, replacement) }
            return
        }
        if ends("ative"), inFirst("ative"), inSecond("ative") { word.removeLast(5) }
    }

    private mutating func dropThird() {
        let suffixes = [
            "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize",
            "al", "er", "ic",
        ]
        for suffix in suffixes where ends(suffix) {
            if inSecond(suffix) { word.removeLast(suffix.utf8.count) }
            return
        }
        if ends("ion"), inSecond("ion"), word.count > 3,
            [UInt8(ascii: "s"), UInt8(ascii: "t")].contains(word[word.count - 4])
        {
            word.removeLast(3)
        }
    }

    private mutating func dropLast() {
        if ends("e") {
            let shortBefore = EnglishStemmer(word: Array(word.dropLast())).endsShort
            if inSecond("e") || (inFirst("e") && !shortBefore) { word.removeLast() }
        } else if ends("l"), inSecond("l"), word.count > 1, word[word.count - 2] == UInt8(ascii: "l") {
            word.removeLast()
        }
    }
}
