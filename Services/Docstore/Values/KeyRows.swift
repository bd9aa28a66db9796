import BSON

/// The values that a document has along several paths, as indexes hold and sorts compare them: arrays give a row for
/// each element, along one array only; a missing field counts as null, an empty array as undefined.
struct KeyRows {
    private let skipsMissing: Bool
    private(set) var rows: [[BSONValue]] = []
    /// Whether an array was met on the way, even an empty one.
    private(set) var isMultikey = false

    /// - Parameter skipsMissing: leave out rows all of whose fields are missing.
    /// - Throws: 171 for parallel arrays, 16746 for a field that is both an element's position and name.
    init(of document: BSONDocument, paths: [[String]], skipsMissing: Bool = false) throws {
        self.skipsMissing = skipsMissing
        try expand(paths.map { Cursor(path: $0, value: .document(document)).advanced })
    }

    private mutating func expand(_ cursors: [Cursor]) throws {
        guard let first = cursors.first(where: { $0.array != nil }), let elements = first.array else {
            let isKept = !skipsMissing || cursors.contains { $0.value != nil }
            if isKept { rows.append(cursors.map { $0.value ?? .null }) }
            return
        }
        for other in cursors where other.array != nil && other.place != first.place {
            throw CommandError(code: 171, "cannot index parallel arrays \([other, first].compactMap(\.place.last))")
        }
        isMultikey = true
        for element in elements.isEmpty ? [.undefined] : elements {
            var inner = cursors
            for index in inner.indices where inner[index].array != nil { try inner[index].enter(element) }
            try expand(inner)
        }
    }
}

/// How far a path has come: the value there (nil: missing), and how many of its parts are behind.
private struct Cursor {
    let path: [String]
    var depth = 0
    var value: BSONValue?
    /// Whether an array counts as a value: an element of another, or named by its place in one at the path's end.
    var isWhole = false

    var place: ArraySlice<String> { path[..<depth] }

    /// The array that stands in the way.
    var array: [BSONValue]? { isWhole ? nil : value?.arrayValue }

    var advanced: Cursor {
        var cursor = self
        while cursor.depth < path.count {
            if case .array? = cursor.value { break }
            cursor.value = cursor.value?.documentValue?[path[cursor.depth]]
            cursor.depth += 1
        }
        return cursor
    }

    /// Goes on in one element of the array, by a field of it or, where the path names a place, at that place.
    mutating func enter(_ element: BSONValue) throws {
        guard depth < path.count, let elements = value?.arrayValue else {
            value = element
            isWhole = true
            return
        }
        let name = path[depth]
        let offset = FieldPath.index(of: name).flatMap { elements.indices.contains($0) ? $0 : nil }
        if let document = element.documentValue, document.contains(name) {
            try require(offset == nil, code: 16746, "Ambiguous field name '\(name)': a place and a field of an array")
            self = Cursor(path: path, depth: depth, value: element).advanced
        } else if let offset {
            let isLast = depth + 1 == path.count
            self = Cursor(path: path, depth: depth + 1, value: elements[offset], isWhole: isLast).advanced
        } else {
            self = Cursor(path: path, depth: path.count, value: nil)
        }
    }
}
