import BSON

struct FieldPath: Hashable, Sendable, CustomStringConvertible {
    let parts: [String]
    /// For each part the array index that it spells, if it spells one.
    let indexes: [Int?]

    init(_ text: String) { self.init(parts: Self.split(text)) }

    /// The parts of a path as pipelines and sorts allow it.
    /// - Parameter empty: the code for a path of nothing.
    static func parts(_ text: some StringProtocol, empty: Int32 = 16872) throws -> [String] {
        try require(!text.isEmpty, code: empty, "a FieldPath cannot be empty")
        try require(!text.hasSuffix("."), code: 40353, "FieldPath must not end with a '.'.")
        let parts = split(String(text))
        for part in parts { try check(name: part) }
        try require(parts.count <= 200, .overflow, "FieldPath is too long")
        return parts
    }

    static func check(name: String) throws {
        try require(!name.isEmpty, code: 15998, "FieldPath field names may not be empty strings.")
        let isPlain = !name.hasPrefix("$") || BSONDocument.referenceKeys.contains(name)
        try require(isPlain, code: 16410, "FieldPath field names may not start with '$'.")
        try require(!name.utf8.contains(0), code: 16411, "FieldPath field names may not contain '\\0'.")
    }

    static func split(_ text: String) -> [String] {
        if !text.utf8.contains(UInt8(ascii: ".")) { return [text] }
        return text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }

    init(parts: [String]) {
        self.parts = parts
        indexes = parts.map(Self.index(of:))
    }

    var description: String { parts.dotted }

    /// The index that a part spells in the one way that arrays name their elements: no sign, no leading zero.
    static func index(of part: String) -> Int? {
        guard let first = part.utf8.first, first.isDigit, part.utf8.count < 10 else { return nil }
        return first == UInt8(ascii: "0") && part.utf8.count > 1 ? nil : Int(part)
    }

    /// The values that a document has along this path, as `distinct` and `$lookup` read them: of an array at its end
    /// the elements; a number behind an array is a place in it and no field's name.
    func values(in document: BSONDocument) -> [BSONValue] { Self.values(.document(document), at: parts[...]) }

    private static func values(_ value: BSONValue?, at path: ArraySlice<String>) -> [BSONValue] {
        guard let name = path.first else { return value?.arrayValue ?? value.map { [$0] } ?? [] }
        switch value {
        case .document(let document)?: return values(document[name], at: path.dropFirst())
        case .array(let elements)?:
            guard let index = index(of: name) else {
                return elements.flatMap { $0.documentValue == nil ? [] : values($0, at: path) }
            }
            return index < elements.count ? values(elements[index], at: path.dropFirst()) : []
        default: return []
        }
    }

    /// Visits the elements that a query looks at along this path, until `body` returns true.
    /// - Parameter wholeArrays: an array at the path's end is looked at only as it is, and not at each element before.
    /// - Parameter body: gets nil where a document lacks the path, and the index in the outermost array passed.
    /// - Returns: whether `body` stopped the walk.
    func visit(
        _ document: BSONDocument, wholeArrays: Bool = false, _ body: (BSONValue?, Int?) throws -> Bool
    ) throws -> Bool { try visit(document[parts[0]], from: 1, wholeArrays, outer: nil, body) }

    private func visit(
        _ value: BSONValue?, from part: Int, _ wholeArrays: Bool, outer: Int?,
        _ body: (BSONValue?, Int?) throws -> Bool
    ) throws -> Bool {
        switch value {
        case .document(let document)? where part < parts.count:
            return try visit(document[parts[part]], from: part + 1, wholeArrays, outer: outer, body)
        case .array(let elements)? where part < parts.count:
            for (index, element) in elements.enumerated() {
                if case .document(let document) = element {
                    let value = document[parts[part]]
                    if try visit(value, from: part + 1, wholeArrays, outer: outer ?? index, body) { return true }
                }
                // An index that the path names is no traversal: it leaves no position behind, and at the path's end its
                // element is looked at whole.
                guard indexes[part] == index else { continue }
                switch element {
                case _ where part + 1 == parts.count: if try body(element, outer) { return true }
                case .document, .array:
                    if try visit(element, from: part + 1, wholeArrays, outer: outer, body) { return true }
                default: break
                }
            }
            return false
        case .array(let elements)?:
            for (index, element) in elements.enumerated() where !wholeArrays {
                if try body(element, outer ?? index) { return true }
            }
            return try body(value, outer)
        default: return try body(part == parts.count ? value : .none, outer)
        }
    }
}

extension [String] {
    var dotted: String { joined(separator: ".") }
}
