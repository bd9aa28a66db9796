import BSON

struct TextSearch {
    private let index: IndexInfo
    private let options: TextIndexOptions
    /// Stems, any of which makes a document a candidate.
    private var terms: Set<String> = []
    private var excluded: Set<String> = []
    private var phrases: [String] = []
    private var excludedPhrases: [String] = []

    init(_ query: TextQuery, collection: CollectionInfo) throws {
        let missing = CommandError(.indexNotFound, "text index required for $text query")
        index = try collection.indexes.first(where: \.isText).orThrow(missing)
        options = try index.text.orThrow(missing)
        parse(query.search)
    }

    /// Quotes make phrases; a minus before a word or phrase excludes it.
    private mutating func parse(_ search: String) {
        var isPhrase = false
        var excludes = false
        for piece in search.split(separator: "\"", omittingEmptySubsequences: false) {
            if isPhrase, excludes {
                excludedPhrases.append(piece.lowercased())
            } else if isPhrase {
                phrases.append(piece.lowercased())
                terms.formUnion(options.stems(of: String(piece)))
            } else {
                for word in piece.split(whereSeparator: \.isWhitespace) {
                    let stems = options.stems(of: String(word))
                    if word.hasPrefix("-") { excluded.formUnion(stems) } else { terms.formUnion(stems) }
                }
                excludes = piece.hasSuffix("-")
            }
            isPhrase.toggle()
        }
    }

    var access: Plan.Access {
        let keys = terms.map { KeyEncoder.encode(.string($0)) }.sorted { $0.lexicographicallyPrecedes($1) }
        return Plan.Access(index: index, ranges: keys.map { KeyRange(prefix: $0) })
    }

    func score(_ document: BSONDocument) -> Double? {
        let scores = options.terms(of: document)
        let found = terms.compactMap { scores[$0] }
        if found.isEmpty || excluded.contains(where: { scores[$0] != nil }) { return nil }
        if !phrases.isEmpty || !excludedPhrases.isEmpty {
            let texts = options.weights.flatMap { options.texts(of: document, at: $0.path) }.map { $0.lowercased() }
            let holds = { (phrase: String) in texts.contains { $0.contains(phrase) } }
            guard phrases.allSatisfy(holds), !excludedPhrases.contains(where: holds) else { return nil }
        }
        return found.reduce(0, +)
    }
}
