import BSON

/// A dotted path, split once.
package struct FieldPath: Hashable, Sendable, CustomStringConvertible {
    package let parts: [String]
    /// For each part the array index that it spells, if it spells one.
    let indexes: [Int?]

    package init(_ text: String) {
        self.init(parts: Self.split(text))
    }

    /// A path as pipelines allow it.
    init(validating text: String) throws(CommandError) {
        guard !text.isEmpty else {
            throw CommandError(code: 40352, "FieldPath cannot be constructed with empty string")
        }
        self.init(text)
        for part in parts {
            guard !part.isEmpty else {
                throw CommandError(code: 15998, "FieldPath field names may not be empty strings.")
            }
            guard !part.hasPrefix("$") || BSONDocument.referenceKeys.contains(part) else {
                throw CommandError(code: 16410, "FieldPath field names may not start with '$'.")
            }
        }
    }

    static func split(_ text: String) -> [String] {
        text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }

    init(parts: [String]) {
        self.parts = parts
        indexes = parts.map(Self.index(of:))
    }

    package var description: String { parts.joined(separator: ".") }

    /// The index that a part spells in the one way that arrays name their elements: no sign, no leading zero.
    static func index(of part: String) -> Int? {
        guard let first = part.utf8.first, first.isDigit, part.utf8.count < 10 else { return nil }
        return first == UInt8(ascii: "0") && part.utf8.count > 1 ? nil : Int(part)
    }
}

extension FieldPath {
    /// What a query does with an array at the end of a path.
    enum LeafArrays {
        /// Looks at each element, then at the array itself.
        case traverse
        /// Looks at the array only.
        case whole
    }

    /// Visits the elements that a query looks at along this path, until `body` returns true.
    ///
    /// - Parameter body: gets nil where a document lacks the path, and the index in the outermost array passed.
    /// - Returns: whether `body` stopped the walk.
    func visit(
        _ document: BSONDocument, leaf: LeafArrays, _ body: (BSONValue?, Int?) throws(CommandError) -> Bool
    ) throws(CommandError) -> Bool {
        try visit(document, from: 0, leaf: leaf, outer: nil, body)
    }

    private func visit(
        _ document: BSONDocument, from start: Int, leaf: LeafArrays, outer: Int?,
        _ body: (BSONValue?, Int?) throws(CommandError) -> Bool
    ) throws(CommandError) -> Bool {
        var current = document
        var part = start
        while true {
            guard let value = current[parts[part]] else { return try body(nil, outer) }
            part += 1
            switch value {
            case .array(let elements):
                return try visit(elements, whole: value, rest: part, leaf: leaf, outer: outer, body)
            case .document(let inner) where part < parts.count:
                current = inner
            default:
                return try body(part == parts.count ? value : .none, outer)
            }
        }
    }

    private func visit(
        _ elements: [BSONValue], whole: BSONValue, rest: Int, leaf: LeafArrays, outer: Int?,
        _ body: (BSONValue?, Int?) throws(CommandError) -> Bool
    ) throws(CommandError) -> Bool {
        guard rest < parts.count else {
            if leaf == .traverse {
                for (index, element) in elements.enumerated() where try body(element, outer ?? index) { return true }
            }
            return try body(whole, outer)
        }
        for (index, element) in elements.enumerated() {
            let position = outer ?? index
            if case .document(let inner) = element, try visit(inner, from: rest, leaf: leaf, outer: position, body) {
                return true
            }
            // An index that the path names is no traversal: it leaves no position behind.
            guard indexes[rest] == index else { continue }
            if rest + 1 == parts.count {
                if try body(element, outer) { return true }
                continue
            }
            switch element {
            case .document(let inner):
                if try visit(inner, from: rest + 1, leaf: leaf, outer: outer, body) { return true }
            case .array(let inner):
                if try visit(inner, whole: element, rest: rest + 1, leaf: leaf, outer: outer, body) { return true }
            default: break
            }
        }
        return false
    }
}
