import BSON

/// One update operator with its argument, for one path.
struct Modifier: Sendable {
    enum Change {
        case none
        case set(BSONValue)
        /// In an array null takes the place of the value, for the others keep theirs.
        case remove
    }

    /// Whether a missing path is created, so that one that cannot be created is an error.
    var creates = true
    /// Whether a path that could not be created is an error even to an operator that creates none.
    var refusesUnviablePaths = true
    /// Whether the operator acts only on documents that an upsert makes.
    var onInsertOnly = false
    /// What becomes of the value at the path; nil stands for a missing value.
    let change: @Sendable (BSONValue?, UpdateSite) throws -> Change

    static func set(_ value: BSONValue, onInsertOnly: Bool = false) -> Modifier {
        Modifier(onInsertOnly: onInsertOnly) { current, _ in current == value ? .none : .set(value) }
    }

    static let unset = Modifier(creates: false, refusesUnviablePaths: false) { current, _ in
        current == nil ? .none : .remove
    }

    /// Edits an array; one that is missing is made where the operator creates.
    /// - Parameter edit: returns whether it changed something.
    static func array(
        creates: Bool, refusal: ErrorCode = .badValue,
        edit: @escaping @Sendable (inout [BSONValue]) throws -> Bool
    ) -> Modifier {
        Modifier(creates: creates) { current, site in
            let value = current ?? .array([])
            var elements = try value.arrayValue.orThrow(
                CommandError(refusal, "The field '\(site.dotted)' must be an array. \(site.has(value))"))
            return try edit(&elements) || current == nil ? .set(.array(elements)) : .none
        }
    }
}

struct UpdateSite: Sendable {
    var path: [String] = []
    let documentID: BSONValue?
    let isInsert: Bool
    let now: Int64

    var dotted: String { path.dotted }

    func has(_ value: BSONValue) -> String {
        "The document {_id: \(documentID ?? .null)} has the field '\(dotted)' of type \(value.typeName)"
    }
}
