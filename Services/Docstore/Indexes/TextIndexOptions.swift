import BSON

/// What a text index holds: the words of some fields, stemmed, each weighing as much as its field.
struct TextIndexOptions: Sendable {
    /// By path.
    let weights: [(path: FieldPath, weight: Double)]
    let language: String

    /// - Returns: nil for an index of another kind.
    init?(specification: BSONDocument) {
        guard specification.document("key")?.string("_fts") == "text" else { return nil }
        weights = (specification.document("weights") ?? [:]).elements.map {
            (FieldPath($0.key), Number($0.value)?.doubleValue ?? 1)
        }
        language = specification.string("default_language") ?? "english"
    }

    /// Brings the definition of a text index into the form it is stored in.
    /// - Returns: nil for an index of another kind.
    static func normalize(
        _ given: BSONDocument, key: BSONDocument
    ) throws -> (key: BSONDocument, options: BSONDocument)? {
        guard key.elements.contains(where: { $0.value == .string("text") }) else { return nil }
        if key.string("_fts") == "text" { return (key, textOptions(given, weights: given.document("weights") ?? [:])) }
        guard key.elements.allSatisfy({ $0.value == .string("text") }) else {
            throw CommandError(.cannotCreateIndex, "a text index with other fields beside the text is not implemented")
        }
        var weights = given.document("weights") ?? [:]
        for path in key.keys where weights[path] == nil { weights.append(path, 1) }
        weights.elements.sort { MongoOrder.compare($0.key, $1.key) < 0 }
        let language = given.string("default_language") ?? "english"
        guard language == "english" || language == "none" else {
            throw CommandError(.cannotCreateIndex, "the text search language '\(language)' is not implemented")
        }
        return (["_fts": "text", "_ftsx": 1], textOptions(given, weights: weights))
    }

    private static func textOptions(_ given: BSONDocument, weights: BSONDocument) -> BSONDocument {
        [
            "weights": .document(weights), "default_language": given["default_language"] ?? "english",
            "language_override": given["language_override"] ?? "language", "textIndexVersion": 3,
        ]
    }

    /// One key for each word.
    func keys(of document: BSONDocument, in index: IndexInfo) -> IndexKeys {
        let words = Set(terms(of: document).keys)
        let keys = words.map { KeyEncoder.encode(.string($0)) }.sorted { $0.lexicographicallyPrecedes($1) }
        return IndexKeys(keys: keys, isMultikey: true)
    }

    /// The words of a document and what each scores, as MongoDB computes it.
    func terms(of document: BSONDocument) -> [String: Double] {
        var scores: [String: Double] = [:]
        for (path, weight) in weights {
            for text in texts(of: document, at: path) {
                for (term, score) in TextAnalyzer.scores(text, language: language) {
                    scores[term, default: 0] += score * weight
                }
            }
        }
        return scores
    }

    /// Every string at a path, elements of arrays each by itself.
    func texts(of document: BSONDocument, at path: FieldPath) -> [String] {
        var texts: [String] = []
        // The closure throws nothing, so neither does the walk.
        _ = try? path.visit(document, leaf: .traverse) { value, _ in
            if case .string(let text)? = value { texts.append(text) }
            return false
        }
        return texts
    }
}
