/// Text as the rules read it: lower-case words with look-alikes undone, so that `P0RN` and `p o r n` are one word.
package struct NormalizedText: Sendable {
    /// Words in order, letters only.
    package let words: [String]
    /// Runs of single letters joined (`p o r n`), for what is spelled out to slip through.
    package let spelledOut: [String]

    package init(_ text: String) {
        var words: [String] = []
        var word = ""
        var hasLetter = false
        func endWord() {
            // A number is not a word, but one digit may be a letter of a word that is spelled out.
            if hasLetter || word.utf8.count == 1 { words.append(word) }
            word = ""
            hasLetter = false
        }
        for scalar in text.lowercased().unicodeScalars {
            if let letter = Self.letter(scalar) {
                word.unicodeScalars.append(letter)
                hasLetter = hasLetter || scalar.properties.isAlphabetic
            } else if !Self.isIgnorable(scalar) {
                endWord()
            }
        }
        endWord()
        self.words = words
        spelledOut = words.split { $0.unicodeScalars.count > 1 }.filter { $0.count > 2 }.map { $0.joined() }
    }

    /// Whether a phrase of normalised words occurs, at word boundaries.
    package func contains(_ phrase: [String]) -> Bool {
        guard let first = phrase.first, words.count >= phrase.count else { return false }
        if phrase.count == 1, spelledOut.contains(where: { $0.contains(first) }) { return true }
        return (0...(words.count - phrase.count)).contains { Array(words[$0..<$0 + phrase.count]) == phrase }
    }

    /// Digits and signs that stand for letters, Cyrillic and Greek letters that look Latin, and diacritics.
    private static let lookAlikes: [Unicode.Scalar: Unicode.Scalar] = [
        "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "а": "a", "е": "e", "о": "o",
        "р": "p",
        "с": "c", "х": "x", "у": "y", "і": "i", "ѕ": "s", "ο": "o", "α": "a", "ε": "e", "á": "a", "à": "a", "â": "a",
        "ä": "a",
        "ã": "a", "å": "a", "é": "e", "è": "e", "ê": "e", "ë": "e", "í": "i", "ì": "i", "î": "i", "ï": "i", "ó": "o",
        "ò": "o",
        "ô": "o", "ö": "o", "õ": "o", "ú": "u", "ù": "u", "û": "u", "ü": "u", "ñ": "n", "ç": "c",
    ]

    private static func letter(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        if let plain = lookAlikes[scalar] { return plain }
        return scalar.properties.isAlphabetic ? scalar : nil
    }

    /// Combining marks and zero-width characters neither end a word nor belong to it.
    private static func isIgnorable(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.canonicalCombiningClass != .notReordered
    }
}
