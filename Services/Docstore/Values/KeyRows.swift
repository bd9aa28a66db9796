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
        let state = State(
            remaining: paths.map { $0[...] }, fixed: Array(repeating: nil, count: paths.count), missing: 0)
        try expand(state, .document(document), positions: Array(repeating: nil, count: paths.count))
    }

    /// How far each path has come.
    private struct State {
        var remaining: [ArraySlice<String>]
        var fixed: [BSONValue?]
        var missing: Int
    }

    /// A path that names an element of an array by position: what it leads to.
    private struct Position {
        let value: BSONValue?
        let remaining: ArraySlice<String>
    }

    private mutating func expand(
        _ initial: State, _ value: BSONValue?, positions: [Position?]
    ) throws(CommandError) {
        var state = initial
        var found: [BSONValue]?
        var arrayFields: [Int] = []
        var arrayPath: [String] = []
        for field in paths.indices where state.fixed[field] == nil {
            let step = try next(state.remaining[field], in: value, position: positions[field])
            state.remaining[field] = step.remaining
            switch step.value {
            case nil:
                state.fixed[field] = .some(.null)
                state.missing += 1
            case .array(let values)? where !step.isWhole:
                let path = Array(paths[field].dropLast(step.remaining.count))
                if found == nil {
                    found = values
                    arrayPath = path
                } else if path != arrayPath {
                    throw CommandError(
                        code: 171,
                        "cannot index parallel arrays [\(path.last ?? "")] [\(arrayPath.last ?? "")]")
                }
                arrayFields.append(field)
            case let other?:
                // A value with path left over is a scalar on the way: the field is missing below it.
                state.fixed[field] = step.remaining.isEmpty ? other : .some(.null)
                if !step.remaining.isEmpty { state.missing += 1 }
            }
        }
        guard let found else {
            if skipsMissing, state.missing == paths.count { return }
            return rows.append(state.fixed.map { $0 ?? .null })
        }
        isMultikey = true
        if found.isEmpty {
            return try descend(state, .undefined, arrayFields, positions: Array(repeating: nil, count: positions.count))
        }
        let inner = paths.indices.map { field in
            arrayFields.contains(field) ? position(state.remaining[field], in: found) : nil
        }
        for element in found { try descend(state, element, arrayFields, positions: inner) }
    }

    /// Goes on inside one element of an array.
    private mutating func descend(
        _ state: State, _ element: BSONValue, _ arrayFields: [Int], positions: [Position?]
    ) throws(CommandError) {
        var state = state
        for field in arrayFields where state.remaining[field].isEmpty { state.fixed[field] = element }
        try expand(state, element, positions: positions)
    }

    /// The value that a path leads to inside `value`, stopping at the first array. An array that is named by its place
    /// in another one at the path's end counts whole.
    private func next(
        _ path: ArraySlice<String>, in value: BSONValue?, position: Position?
    ) throws(CommandError) -> (value: BSONValue?, remaining: ArraySlice<String>, isWhole: Bool) {
        if case .document(let document)? = value, let name = path.first, document[name] != nil {
            if position != nil {
                throw CommandError(
                    code: 16746,
                    "Ambiguous field name found in array (do not use numeric field names in embedded elements in an "
                        + "array), field: '\(name)' for array")
            }
            let step = Self.follow(path, in: document)
            return (step.value, step.remaining, false)
        }
        if let position { return (position.value, position.remaining, position.remaining.isEmpty) }
        return (nil, path, false)
    }

    private func position(_ path: ArraySlice<String>, in values: [BSONValue]) -> Position? {
        guard let name = path.first, let offset = FieldPath.index(of: name), offset < values.count else { return nil }
        let rest = path.dropFirst()
        switch values[offset] {
        case .document(let document) where !rest.isEmpty:
            let step = Self.follow(rest, in: document)
            return Position(value: step.value, remaining: step.remaining)
        case let value:
            if rest.isEmpty { return Position(value: value, remaining: rest) }
            if case .array = value { return Position(value: value, remaining: rest) }
            return Position(value: nil, remaining: rest)
        }
    }

    private static func follow(
        _ path: ArraySlice<String>, in document: BSONDocument
    ) -> (value: BSONValue?, remaining: ArraySlice<String>) {
        guard let name = path.first, let value = document[name] else { return (nil, path) }
        let rest = path.dropFirst()
        switch value {
        case .document(let inner) where !rest.isEmpty: return follow(rest, in: inner)
        case .array: return (value, rest)
        default: return (rest.isEmpty ? value : .none, rest)
        }
    }
}
