import BSON

/// A `$text` search against the text index of a collection.
struct TextSearch {
    private let options: TextIndexOptions
    let index: IndexInfo
    /// Stems, any of which makes a document a candidate.
    private let terms: Set<String>
    private let excluded: Set<String>
    private let phrases: [String]
    private let excludedPhrases: [String]

    /// - Throws: 27 without a text index.
    init(_ query: TextQuery, collection: CollectionInfo) throws {
        guard let index = collection.indexes.first(where: \.isText), let options = index.text else {
            throw CommandError(.indexNotFound, "text index required for $text query")
        }
        self.index = index
        self.options = options
        let parsed = Self.parse(query.search)
        phrases = parsed.phrases.map { $0.lowercased() }
        excludedPhrases = parsed.excludedPhrases.map { $0.lowercased() }
        let language = options.language
        terms = Set((parsed.words + parsed.phrases).flatMap { TextAnalyzer.terms($0, language: language) })
        excluded = Set(parsed.excludedWords.flatMap { TextAnalyzer.terms($0, language: language) })
    }

    private struct Parts {
        var words: [String] = []
        var excludedWords: [String] = []
        var phrases: [String] = []
        var excludedPhrases: [String] = []
    }

    /// Quotes make phrases; a minus at the beginning of a word excludes it.
    private static func parse(_ search: String) -> Parts {
        var parts = Parts()
        for (offset, piece) in search.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
            if offset % 2 == 1 {
                let isExcluded = search.split(separator: "\"", omittingEmptySubsequences: false)[offset - 1].hasSuffix(
                    "-")
                if isExcluded {
                    parts.excludedPhrases.append(String(piece))
                } else {
                    parts.phrases.append(String(piece))
                }
                continue
            }
            for word in piece.split(whereSeparator: \.isWhitespace) where word != "-" {
                if word.hasPrefix("-") {
                    parts.excludedWords.append(String(word.dropFirst()))
                } else {
                    parts.words.append(String(word))
                }
            }
        }
        return parts
    }

    /// The index entries of every word.
    var access: Plan.Access {
        let keys = terms.map { KeyEncoder.encode(.string($0)) }.sorted { $0.lexicographicallyPrecedes($1) }
        if keys.isEmpty { return .nothing }
        return .index(
            IndexAccess(
                index: index, ranges: keys.map { KeyRange(prefix: $0) }, reverse: false,
                bounds: [keys.map { ValueRange.under($0) }]))
    }

    /// - Returns: the document's score, or nil when it does not match.
    func score(_ document: BSONDocument) -> Double? {
        let scores = options.terms(of: document)
        guard terms.contains(where: { scores[$0] != nil }), !excluded.contains(where: { scores[$0] != nil }) else {
            return nil
        }
        if !phrases.isEmpty || !excludedPhrases.isEmpty {
            let texts = options.weights.flatMap { options.texts(of: document, at: $0.path) }.map { $0.lowercased() }
            let holds = { (phrase: String) in texts.contains { $0.contains(phrase) } }
            guard phrases.allSatisfy(holds), !excludedPhrases.contains(where: holds) else { return nil }
        }
        return terms.reduce(0) { $0 + (scores[$1] ?? 0) }
    }
}
