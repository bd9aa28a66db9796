import BSON

/// The values that a document has along several paths, as indexes hold and sorts compare them: arrays give a row for
/// each element, along one array only; a missing field counts as null, an empty array as undefined.
struct KeyRows {
    private let paths: [[String]]
    private let skipsMissing: Bool

    private(set) var rows: [[BSONValue]] = []
    /// Whether an array was met on the way, even an empty one.
    private(set) var isMultikey = false

    /// - Parameter skipsMissing: leave out rows all of whose fields are missing.
    /// - Throws: 171 for parallel arrays, 16746 for a field that is both an element's position and name.
    init(of document: BSONDocument, paths: [[String]], skipsMissing: Bool = false) throws(CommandError) {
        self.paths = paths
        self.skipsMissing = skipsMissing
        try expand(paths.map { Cursor(value: .document(document), rest: $0[...]).advanced })
    }

    private mutating func expand(_ cursors: [Cursor]) throws(CommandError) {
        guard let field = cursors.firstIndex(where: { $0.array != nil }), let elements = cursors[field].array else {
            if !skipsMissing || cursors.contains(where: { $0.value != nil }) {
                rows.append(cursors.map { $0.value ?? .null })
            }
            return
        }
        let place = paths[field].dropLast(cursors[field].rest.count)
        for other in cursors.indices where cursors[other].array != nil {
            let otherPlace = paths[other].dropLast(cursors[other].rest.count)
            guard otherPlace == place else {
                throw CommandError(
                    code: 171, "cannot index parallel arrays [\(otherPlace.last ?? "")] [\(place.last ?? "")]")
            }
        }
        isMultikey = true
        for element in elements.isEmpty ? [.undefined] : elements {
            var inner = cursors
            for index in inner.indices where inner[index].array != nil { try inner[index].enter(element) }
            try expand(inner)
        }
    }
}

/// How far a path has come: the value there (nil: missing) and what is left to go inside of it.
private struct Cursor {
    var value: BSONValue?
    var rest: ArraySlice<String>
    /// Whether an array counts as a value: an element of another, or named by its place in one at the path's end.
    var isWhole = false

    /// The array that stands in the way.
    var array: [BSONValue]? { isWhole ? nil : value?.arrayValue }

    /// Goes through documents, up to an array or the path's end.
    var advanced: Cursor {
        var cursor = self
        while let name = cursor.rest.first {
            if case .array? = cursor.value { break }
            cursor.value = cursor.value?.documentValue?[name]
            cursor.rest = cursor.rest.dropFirst()
        }
        return cursor
    }

    /// Goes on in one element of the array, by a field of it or, where the path names a place, at that place.
    mutating func enter(_ element: BSONValue) throws(CommandError) {
        guard let name = rest.first, let elements = value?.arrayValue else {
            self = Cursor(value: element, rest: [], isWhole: true)
            return
        }
        let offset = FieldPath.index(of: name).flatMap { $0 < elements.count ? $0 : nil }
        if case .document(let document) = element, document.contains(name) {
            guard offset == nil else {
                throw CommandError(
                    code: 16746,
                    "Ambiguous field name found in array (do not use numeric field names in embedded elements in an "
                        + "array), field: '\(name)' for array")
            }
            self = Cursor(value: element, rest: rest).advanced
        } else if let offset {
            self = Cursor(value: elements[offset], rest: rest.dropFirst()).advanced
            isWhole = rest.isEmpty
        } else {
            self = Cursor(value: nil, rest: [])
        }
    }
}
