import BSON

/// What a text index holds: the words of some fields, stemmed, each weighing as much as its field.
struct TextIndexOptions: Sendable {
    /// By path.
    let weights: [(path: FieldPath, weight: Double)]
    private let isEnglish: Bool

    /// - Returns: nil for an index of another kind.
    init?(specification: BSONDocument) {
        guard specification.document("key")?.string("_fts") == "text" else { return nil }
        weights = (specification.document("weights") ?? [:]).elements.map {
            (FieldPath($0.key), Number($0.value)?.doubleValue ?? 1)
        }
        isEnglish = specification.string("default_language") != "none"
    }

    /// Brings the definition of a text index into the form it is stored in.
    /// - Returns: nil for an index of another kind.
    static func normalize(
        _ given: BSONDocument, key: BSONDocument
    ) throws -> (key: BSONDocument, options: BSONDocument)? {
        guard key.elements.contains(where: { $0.value == "text" }) else { return nil }
        var weights = given.document("weights") ?? [:]
        if key.string("_fts") != "text" {
            guard key.elements.allSatisfy({ $0.value == "text" }) else {
                throw CommandError(
                    .cannotCreateIndex, "a text index with other fields beside the text is not implemented")
            }
            for path in key.keys where weights[path] == nil { weights.append(path, 1) }
            weights.elements.sort { MongoOrder.compare($0.key, $1.key) < 0 }
        }
        let language = given["default_language"] ?? "english"
        guard language == "english" || language == "none" else {
            throw CommandError(.cannotCreateIndex, "the text search language '\(language)' is not implemented")
        }
        let options: BSONDocument = [
            "weights": .document(weights), "default_language": language,
            "language_override": given["language_override"] ?? "language", "textIndexVersion": 3,
        ]
        return (["_fts": "text", "_ftsx": 1], options)
    }

    /// One key for each word.
    func keys(of document: BSONDocument) -> IndexKeys {
        let keys = terms(of: document).keys.map { KeyEncoder.encode(.string($0)) }
        return IndexKeys(keys: keys.sorted { $0.lexicographicallyPrecedes($1) }, isMultikey: true)
    }

    /// The words of a document and what each scores, as MongoDB computes it.
    func terms(of document: BSONDocument) -> [String: Double] {
        var scores: [String: Double] = [:]
        for (path, weight) in weights {
            for text in texts(of: document, at: path) {
                for (term, score) in self.scores(of: text) { scores[term, default: 0] += score * weight }
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

    /// Words that count, by their stems: lower case, and in English no stop words.
    func stems(of text: String) -> [String] {
        let words = text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "'") }.map(String.init)
        return isEnglish ? words.filter { !StopWords.english.contains($0) }.map(EnglishStemmer.stem) : words
    }

    /// What each word of one text scores: more for each time it occurs (half as much as the time before), less in a
    /// longer text.
    private func scores(of text: String) -> [String: Double] {
        let words = stems(of: text)
        var counts: [String: Double] = [:]
        for word in words { counts[word, default: 0] += 1 }
        return counts.mapValues { count in
            var frequency = 0.0
            var addend = 1.0
            for _ in 0..<Int(count) {
                frequency += addend
                addend /= 2
            }
            return frequency * (0.5 * count / Double(words.count) + 0.5)
        }
    }
}
