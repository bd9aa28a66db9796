import BSON

/// Picks among the values along a path the one that a document sorts by.
///
/// They are the values that an index would hold: an empty array counts as undefined, a missing field as null.
struct SortCandidates {
    let ascending: Bool
    private(set) var best: BSONValue?
    private(set) var arrayPath: String?

    init(ascending: Bool) {
        self.ascending = ascending
    }

    mutating func collect(_ path: FieldPath, from document: BSONDocument) {
        collect(path, from: 0, in: document)
    }

    private mutating func offer(_ value: BSONValue) {
        guard let best else {
            self.best = value
            return
        }
        let order = MongoOrder.compare(value, best)
        if ascending ? order < 0 : order > 0 { self.best = value }
    }

    private mutating func collect(_ path: FieldPath, from start: Int, in document: BSONDocument) {
        var current = document
        for part in start..<path.parts.count {
            guard let value = current[path.parts[part]] else { return offer(.null) }
            switch value {
            case .array(let elements):
                if arrayPath == nil { arrayPath = path.parts[...part].joined(separator: ".") }
                return collect(path, from: part + 1, in: elements)
            case .document(let inner) where part + 1 < path.parts.count:
                current = inner
            default:
                return offer(part + 1 == path.parts.count ? value : .null)
            }
        }
    }

    private mutating func collect(_ path: FieldPath, from part: Int, in elements: [BSONValue]) {
        guard part < path.parts.count else {
            guard !elements.isEmpty else { return offer(.undefined) }
            for element in elements { offer(element) }
            return
        }
        if let index = path.indexes[part] {
            return collect(path, index: index, part: part, in: elements)
        }
        guard !elements.isEmpty else { return offer(.null) }
        for element in elements {
            if case .document(let inner) = element { collect(path, from: part, in: inner) } else { offer(.null) }
        }
    }

    /// A number in the path names an element, unless elements are documents that have a field of that name.
    private mutating func collect(_ path: FieldPath, index: Int, part: Int, in elements: [BSONValue]) {
        guard index < elements.count else {
            guard !elements.isEmpty else { return offer(.null) }
            for element in elements {
                if case .document(let inner) = element { collect(path, from: part, in: inner) } else { offer(.null) }
            }
            return
        }
        let element = elements[index]
        if part + 1 == path.parts.count {
            // An element that is named by its place counts whole, even when it is an array itself.
            return offer(element)
        }
        switch element {
        case .document(let inner): collect(path, from: part + 1, in: inner)
        case .array(let inner): collect(path, from: part + 1, in: inner)
        default: offer(.null)
        }
    }
}
