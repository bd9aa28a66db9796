import BSON

/// The keys of one document in one index.
struct IndexKeys: Equatable {
    /// Encoded, in order, without repetitions.
    var keys: [[UInt8]]
    /// Whether an array was met on the way, even an empty one.
    var isMultikey: Bool

    static let none = IndexKeys(keys: [], isMultikey: false)
}

/// Derives index keys from documents, as MongoDB's key generator does: arrays give a key for each element, along one
/// array only; a missing field counts as null, an empty array as undefined.
struct IndexKeyGenerator {
    let index: IndexInfo

    private var rows: [[BSONValue]] = []
    private var isMultikey = false

    init(_ index: IndexInfo) { self.index = index }

    /// - Throws: 171 for parallel arrays, 16746 for a field that is both an element's position and name.
    static func keys(of document: BSONDocument, in index: IndexInfo) throws -> IndexKeys {
        if let filter = index.partialFilter, try !filter.matches(document) { return .none }
        if let text = index.text { return text.keys(of: document, in: index) }
        if let key = simpleKey(of: document, in: index) { return key }
        var generator = IndexKeyGenerator(index)
        try generator.generate(document)
        var keys = generator.rows.map { row in generator.encode(row) }
        if keys.count > 1 {
            keys.sort { $0.lexicographicallyPrecedes($1) }
            keys = keys.enumerated().filter { $0.offset == 0 || keys[$0.offset - 1] != $0.element }.map(\.element)
        }
        return IndexKeys(keys: keys, isMultikey: generator.isMultikey)
    }

    /// The values of the key that encodes to `key`, named by their paths: for the report of a duplicate.
    static func keyValue(of document: BSONDocument, in index: IndexInfo, key: [UInt8]) throws -> BSONDocument {
        var generator = IndexKeyGenerator(index)
        try generator.generate(document)
        let row = generator.rows.first { generator.encode($0) == key } ?? []
        var named = BSONDocument()
        for (field, value) in zip(index.fields, row) { named.append(field.path, value) }
        return named
    }

    /// The usual case, without any allocation on the way: top-level fields and no arrays.
    private static func simpleKey(of document: BSONDocument, in index: IndexInfo) -> IndexKeys? {
        var encoder = KeyEncoder()
        var missing = 0
        for field in index.fields {
            guard field.parts.count == 1 else { return nil }
            switch document[field.path] {
            case .array: return nil
            case nil:
                missing += 1
                encoder.append(.null, descending: field.isDescending)
            case let value?: encoder.append(value, descending: field.isDescending)
            }
        }
        if index.isSparse, missing == index.fields.count { return IndexKeys.none }
        return IndexKeys(keys: [encoder.bytes], isMultikey: false)
    }

    private func encode(_ row: [BSONValue]) -> [UInt8] {
        var encoder = KeyEncoder()
        for (field, value) in zip(index.fields, row) { encoder.append(value, descending: field.isDescending) }
        return encoder.bytes
    }

    private mutating func generate(_ document: BSONDocument) throws {
        let state = State(
            remaining: index.fields.map { ArraySlice($0.parts) },
            fixed: Array(repeating: nil, count: index.fields.count), missing: 0)
        try expand(state, .document(document), positions: Array(repeating: nil, count: index.fields.count))
    }

    /// How far each field of the key has come.
    private struct State {
        var remaining: [ArraySlice<String>]
        var fixed: [BSONValue?]
        var missing: Int
    }

    /// A field that names an element of an array by position: what it leads to.
    private struct Position {
        let value: BSONValue?
        let remaining: ArraySlice<String>
    }

    private mutating func expand(_ initial: State, _ value: BSONValue?, positions: [Position?]) throws {
        var state = initial
        var found: (values: [BSONValue], at: Int)?
        var arrayFields: [Int] = []
        var arrayPath: [String] = []
        for field in index.fields.indices where state.fixed[field] == nil {
            let step = try next(state.remaining[field], in: value, position: positions[field])
            state.remaining[field] = step.remaining
            switch step.value {
            case nil:
                state.fixed[field] = .null
                state.missing += 1
            case .array(let values)?:
                let path = Array(index.fields[field].parts.dropLast(step.remaining.count))
                if found == nil {
                    found = (values, field)
                    arrayPath = path
                } else if path != arrayPath {
                    throw CommandError(
                        code: 171,
                        "cannot index parallel arrays [\(path.last ?? "")] [\(arrayPath.last ?? "")]")
                }
                arrayFields.append(field)
            case let other?:
                // A value with path left over is a scalar on the way: the field is missing below it.
                state.fixed[field] = step.remaining.isEmpty ? other : .null
                if !step.remaining.isEmpty { state.missing += 1 }
            }
        }
        guard let found else {
            if index.isSparse, state.missing == index.fields.count { return }
            return rows.append(state.fixed.map { $0 ?? .null })
        }
        isMultikey = true
        if found.values.isEmpty {
            try descend(state, .undefined, arrayFields, positions: Array(repeating: nil, count: positions.count))
            return
        }
        let inner = index.fields.indices.map { field in
            arrayFields.contains(field) ? position(state.remaining[field], in: found.values) : nil
        }
        for element in found.values { try descend(state, element, arrayFields, positions: inner) }
    }

    /// Goes on inside one element of an array.
    private mutating func descend(
        _ state: State, _ element: BSONValue, _ arrayFields: [Int], positions: [Position?]
    ) throws {
        var state = state
        for field in arrayFields where state.remaining[field].isEmpty { state.fixed[field] = element }
        try expand(state, element, positions: positions)
    }

    /// The value a field's path leads to inside `value`, stopping at the first array.
    private func next(
        _ path: ArraySlice<String>, in value: BSONValue?, position: Position?
    ) throws -> (value: BSONValue?, remaining: ArraySlice<String>) {
        if case .document(let document)? = value, let name = path.first, document[name] != nil {
            if position != nil {
                throw CommandError(
                    code: 16746,
                    "Ambiguous field name found in array (do not use numeric field names in embedded elements in an "
                        + "array), field: '\(name)' for array")
            }
            return Self.follow(path, in: document)
        }
        if let position { return (position.value, position.remaining) }
        return (nil, path)
    }

    private func position(_ path: ArraySlice<String>, in values: [BSONValue]) -> Position? {
        guard let name = path.first, let offset = Self.arrayIndex(name), offset < values.count else { return nil }
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
        if case .document(let inner) = value, !rest.isEmpty { return follow(rest, in: inner) }
        if !rest.isEmpty, !value.isArray { return (nil, rest) }
        return (value, rest)
    }

    /// A number as a path may name it: digits without leading zeros.
    private static func arrayIndex(_ name: String) -> Int? {
        guard name.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), name == "0" || !name.hasPrefix("0") else { return nil }
        return Int(name)
    }
}
