import BSON
import CStemmer

/// What a text index holds: the words of some fields, stemmed, each weighing as much as its field.
struct TextIndexOptions: Sendable {
    let weights: [(path: FieldPath, weight: Double)]
    private let isEnglish: Bool

    init?(specification: BSONDocument) {
        guard specification.document("key")?.string("_fts") == "text" else { return nil }
        weights = (specification.document("weights") ?? [:]).elements.map {
            (FieldPath($0.key), Number($0.value)?.doubleValue ?? 1)
        }
        isEnglish = specification.string("default_language") != "none"
    }

    /// Brings the definition of a text index into the form it is stored in.
    /// - Returns: nil for an index of another kind.
    static func normalize(_ given: BSONDocument, key: BSONDocument) throws -> (
        key: BSONDocument, options: BSONDocument
    )? {
        guard key.contains(where: { $0.value == "text" }) else { return nil }
        var weights = given.document("weights") ?? [:]
        if key.string("_fts") != "text" {
            let isTextOnly = key.elements.allSatisfy { $0.value == "text" }
            try require(isTextOnly, .cannotCreateIndex, "fields beside the text of a text index are not implemented")
            for path in key.keys where weights[path] == nil { weights.append(path, 1) }
            weights.elements.sort { MongoOrder.compare($0.key, $1.key) < 0 }
        }
        let language = given["default_language"] ?? "english"
        let isKnown = language == "english" || language == "none"
        try require(isKnown, .cannotCreateIndex, "the text search language '\(language)' is not implemented")
        let options: BSONDocument = [
            "weights": .document(weights), "default_language": language,
            "language_override": given["language_override"] ?? "language", "textIndexVersion": 3,
        ]
        return (["_fts": "text", "_ftsx": 1], options)
    }

    /// The words of a document and what each scores, as MongoDB computes it.
    func terms(of document: BSONDocument) -> [String: Double] {
        var scores: [String: Double] = [:]
        for (path, weight) in weights {
            for text in texts(of: document, at: path) {
                let words = stems(of: text)
                for (word, count) in Dictionary(words.map { ($0, 1.0) }, uniquingKeysWith: +) {
                    // More for each time it occurs (half as much as the time before), less in a longer text.
                    let frequency = (0..<Int(count)).reduce(0.0) { sum, _ in sum / 2 + 1 }
                    scores[word, default: 0] += weight * frequency * (0.5 * count / Double(words.count) + 0.5)
                }
            }
        }
        return scores
    }

    func texts(of document: BSONDocument, at path: FieldPath) -> [String] {
        path.values(in: document).compactMap(\.stringValue)
    }

    /// Words that count, by their stems: lower case, and in English no stop words.
    func stems(of text: String) -> [String] {
        let words = text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "'") }.map(String.init)
        guard isEnglish, let stemmer = sb_stemmer_new("english", nil) else { return words }
        defer { sb_stemmer_delete(stemmer) }
        return words.filter { !Self.stopWords.contains($0) }.map { word in
            guard let stem = sb_stemmer_stem(stemmer, Array(word.utf8), Int32(word.utf8.count)) else { return word }
            let bytes = UnsafeBufferPointer(start: stem, count: Int(sb_stemmer_length(stemmer)))
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Words too common to search for: MongoDB's list for English.
    private static let stopWords = Set(
        """
        a about above after again against all am an and any are aren't as at be because been before being below between \
        both but by can't cannot could couldn't did didn't do does doesn't doing don't down during each few for from \
        further had hadn't has hasn't have haven't having he he'd he'll he's her here here's hers herself him himself \
        his how how's i i'd i'll i'm i've if in into is isn't it it's its itself let's me more most mustn't my myself \
        no nor not of off on once only or other ought our ours ourselves out over own same shan't she she'd she'll \
        she's should shouldn't so some such than that that's the their theirs them themselves then there there's these \
        they they'd they'll they're they've this those through to too under until up very was wasn't we we'd we'll \
        we're we've were weren't what what's when when's where where's which while who who's whom why why's with won't \
        would wouldn't you you'd you'll you're you've your yours yourself yourselves
        """.split(separator: " ").map(String.init))
}
