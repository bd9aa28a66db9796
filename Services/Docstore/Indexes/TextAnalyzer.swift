/// Takes text apart into words as a text index of MongoDB does: lower case, no stop words, stems.
enum TextAnalyzer {
    /// Words as they are written, in lower case.
    static func tokens(_ text: String) -> [String] {
        text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "'") }.map(String.init)
    }

    /// Words that count, by their stems.
    static func terms(_ text: String, language: String) -> [String] {
        guard language == "english" else { return tokens(text) }
        return tokens(text).filter { !StopWords.english.contains($0) }.map { EnglishStemmer.stem($0) }
    }

    /// What each word of one text scores: more for each time it occurs, less in a longer text.
    static func scores(_ text: String, language: String) -> [String: Double] {
        let words = terms(text, language: language)
        var counts: [String: (count: Double, frequency: Double, exponent: Double)] = [:]
        for word in words {
            var entry = counts[word] ?? (0, 0, 0)
            entry.exponent = entry.exponent == 0 ? 1 : entry.exponent * 2
            entry.frequency += 1 / entry.exponent
            entry.count += 1
            counts[word] = entry
        }
        let total = Double(words.count)
        return counts.mapValues { entry in
            let coefficient = 0.5 * entry.count / total + 0.5
            return entry.frequency * coefficient
        }
    }
}
