import BSON

/// What a command looks for: which documents, in which order, how many, and what of them it shows.
struct Query {
    let filter: BSONDocument
    let matcher: Matcher
    /// An index's name or key pattern, or `$natural`.
    private(set) var hint: BSONValue?
    var sort: SortPattern?
    private(set) var skip = 0
    var limit: Int?
    private(set) var projection: Projection?
    /// A sort may then be larger than `SortBuffer` holds without being asked.
    private(set) var allowsDiskUse = false

    init(_ filter: BSONDocument, variables: Variables = Variables()) throws {
        self.filter = filter
        matcher = try Matcher(filter: filter, variables: variables)
    }

    /// - Parameter fields: the arguments of a command, or of one statement of it.
    init(_ filter: BSONDocument, _ fields: BSONDocument, _ variables: Variables) throws {
        try self.init(filter, variables: variables)
        hint = try fields.hint()
        sort = try fields.document("sort").map { try SortPattern($0.contains("$natural") ? [:] : $0) }
        skip = fields.count("skip") ?? 0
        // A negative limit counts as its magnitude.
        limit = fields.count("limit").flatMap { $0 == 0 ? nil : Int(clamping: $0.magnitude) }
        projection = try fields.projection("projection", variables)
        allowsDiskUse = fields.flag("allowDiskUse")
    }

    /// How many matches are wanted, those skipped included.
    var end: Int { limit.map { $0 > .max - skip ? .max : skip + $0 } ?? .max }

    var isWholeCollection: Bool { filter.isEmpty && hint == nil && skip == 0 && limit == nil }

    /// The `_id` that is all it asks for: then there is nothing to plan, and no array to find a position in.
    var plainID: BSONValue? { projection == nil && skip == 0 && hint == nil ? filter.plainID : nil }
}

extension BSONDocument {
    func projection(_ name: String, _ variables: Variables) throws -> Projection? {
        guard let fields = document(name), !fields.isEmpty else { return nil }
        return try Projection(fields, variables: variables)
    }

    /// An order by `$natural` asks for the way through the collection as a hint does.
    fileprivate func hint() throws -> BSONValue? {
        let hint = self["hint"] == [:] ? .none : self["hint"]
        guard let sort = document("sort"), let natural = sort["$natural"] else { return hint }
        try require(sort.count == 1, .badValue, "Cannot include '$natural' in compound sort: \(sort)")
        try require([1, -1].contains(Number(natural)?.doubleValue), .badValue, "$natural is 1 or -1, not \(natural)")
        try require(hint == nil || hint == .document(sort), .badValue, "hint not allowed with $natural sort order")
        return .document(sort)
    }

    /// The `_id` that is all the filter asks for.
    var plainID: BSONValue? {
        guard count == 1, let first, first.key == "_id", first.value.isPlain else { return nil }
        return first.value
    }
}

extension BSONValue {
    /// A value that only an equal one matches, and whose key no other value has.
    var isPlain: Bool {
        switch self {
        case .objectID, .string, .int32, .int64, .date, .bool, .binary: true
        default: false
        }
    }
}
