import BSON

struct Projection: Sendable {
    /// Where a projection stands decides what it may hold.
    enum Place { case find, project, addFields }

    private let place: Place
    private let variables: Variables
    private var tree = ProjectionTree()
    private var textScores: [[String]] = []
    /// The path of `"a.$": 1`.
    private var positional: [String]?
    /// Whether the fields seen so far are included or excluded; `_id` by itself decides nothing.
    private var includes: Bool?
    private var includesID: Bool?
    private var hasElemMatch = false

    init(_ document: BSONDocument, place: Place = .find, variables: Variables = Variables()) throws {
        self.place = place
        self.variables = variables
        for (key, value) in document.elements { try add(value, at: key, below: []) }
        let isTwofold = hasElemMatch && positional != nil
        try require(!isTwofold, code: 31255, "Cannot specify positional operator and $elemMatch.")
        if hasElemMatch, !isInclusion { throw Self.computedExclusion }
        let namesID = isInclusion ? includesID ?? !tree.contains("_id") : includesID == false
        if namesID { try tree.insert(["_id"], .whole) }
    }

    private var isInclusion: Bool { includes ?? (includesID == true || hasElemMatch) }

    /// - Parameter position: the array element that the query matched.
    func apply(_ document: BSONDocument, position: Int? = nil, textScore: Double? = nil) throws -> BSONDocument {
        // What is only added to leaves all other fields as they are.
        let selects = isInclusion || !tree.isEmpty && place != .addFields
        var result = selects ? tree.select(document, including: isInclusion) : document
        if tree.computes { try tree.computing(&result, variables.binding(root: document)) }
        if let positional { try result.keepElement(position, at: positional[...], of: document) }
        for path in textScores { result.setNested(path[...], .double(textScore ?? 0)) }
        return result
    }

    private mutating func add(_ value: BSONValue, at key: String, below parents: [String]) throws {
        if place == .find, key == "$" || key.hasSuffix(".$") {
            return try addPositional(value, at: key, below: parents)
        }
        let path = parents + (try FieldPath.parts(key, empty: 40352))
        switch value {
        case .document(let inner): try add(inner, path)
        case _ where place != .addFields && value.isFlag:
            if path == ["_id"] { return includesID = value.isTruthy }
            try decide(value.isTruthy, path)
            try tree.insert(path[...], .whole)
        default: try compute(try variables.parser.parse(value), path)
        }
    }

    private mutating func decide(_ included: Bool, _ path: [String]) throws {
        let isAlike = includes ?? included == included
        try require(isAlike, code: included ? 31253 : 31254, "Cannot do inclusion and exclusion: \(path.dotted)")
        includes = included
    }

    private static let computedExclusion = CommandError(code: 31252, "Cannot use an expression in exclusion projection")

    private mutating func compute(_ expression: Expression, _ path: [String]) throws {
        if includes == false { throw Self.computedExclusion }
        if place != .addFields { includes = true }
        do {
            try tree.insert(path[...], .computed(expression))
        } catch let error as CommandError where place == .addFields {
            throw CommandError(code: 40176, error.message)
        }
    }

    private mutating func add(_ inner: BSONDocument, _ path: [String]) throws {
        let adds = place == .addFields
        try require(!inner.isEmpty, code: adds ? 40180 : 51270, "an empty object is not a valid value: \(path.dotted)")
        if adds {
            let isOne = inner.count == 1 || !inner.keys.contains { $0.hasPrefix("$") }
            try require(isOne, code: 40181, "an expression must contain exactly one field: \(inner)")
            let isPlain = !inner.keys.contains { $0.contains(".") }
            try require(isPlain, code: 40183, "cannot use dotted field names in a sub object: \(inner)")
        }
        let (name, argument) = inner[0]
        guard name.hasPrefix("$") else {
            for (key, value) in inner.elements { try add(value, at: key, below: path) }
            return
        }
        guard inner.count == 1 else { throw ExpressionParser.severalFields(inner) }
        switch (name, place) {
        case ("$meta", .find):
            try require(argument == "textScore", code: 17308, "Unsupported $meta: \(argument)")
            textScores.append(path)
        case ("$elemMatch", .find):
            hasElemMatch = true
            try tree.insert(path[...], .computed(try .firstMatch(argument, path)))
        case ("$slice", .find):
            guard let slice = try Self.slice(argument) else { fallthrough }
            try tree.insert(path[...], slice)
        default:
            try require(adds || ExpressionOperator.all[name] != nil, code: 31325, "Unknown expression \(name)")
            try compute(try variables.parser.parse(.document(inner)), path)
        }
    }

    /// - Returns: nil when the argument reads as the expression of the same name.
    private static func slice(_ argument: BSONValue) throws -> ProjectionTree.Field? {
        let numbers = (argument.arrayValue ?? [argument]).compactMap { $0.number.map { Int($0.clampedInt64) } }
        guard case .array(let parts) = argument else { return numbers.first.map { .sliced(skip: nil, limit: $0) } }
        guard parts.count == 2, numbers.count == 2 else { return nil }
        try require(numbers[1] > 0, code: 28724, "$slice's limit must be positive: \(numbers[1])")
        return .sliced(skip: numbers[0], limit: numbers[1])
    }

    private mutating func addPositional(_ value: BSONValue, at key: String, below parents: [String]) throws {
        try require(key != "$" && value.isFlag, code: 31271, "positional projection is no expression or sub object")
        try require(value.isTruthy, code: 31395, "positional projection cannot be an exclusion")
        try require(positional == nil, code: 31276, "more than one positional projection")
        let path = parents + (try FieldPath.parts(key.dropLast(2), empty: 40352))
        try decide(true, path)
        try tree.insert(path[...], .whole)
        positional = path
    }
}

extension Expression {
    /// `$elemMatch` in a projection: the first element that matches, as an array of one.
    fileprivate static func firstMatch(_ argument: BSONValue, _ path: [String]) throws -> Expression {
        try require(argument.documentValue != nil, code: 31274, "$elemMatch requires an object")
        try require(path.count == 1, code: 31275, "$elemMatch projection of a nested field")
        let field = path[0]
        let matcher = try Matcher(filter: [field: ["$elemMatch": argument]], parser: QueryParser(allowsText: false))
        return Expression { variables in
            guard case .array(let elements)? = variables.root[field],
                let index = try matcher.match([field: .array(elements)]).position
            else { return nil }
            return .array([elements[index]])
        }
    }
}

extension BSONDocument {
    /// Of the outermost array on the path only the element that matched stays.
    /// - Parameter all: the document before the projection.
    fileprivate mutating func keepElement(_ position: Int?, at path: ArraySlice<String>, of all: BSONDocument) throws {
        guard let name = path.first else { return }
        switch (all[name], self[name]) {
        case (.document(let inner)?, .document(var kept)?):
            try kept.keepElement(position, at: path.dropFirst(), of: inner)
            self[name] = .document(kept)
        case (.array(let elements)?, let kept):
            let position = position ?? .max
            try require(position < elements.count, code: 51246, "the query found no element for '.$' in \(name)")
            if case .array(let kept)? = kept, position < kept.count { self[name] = .array([kept[position]]) }
        default: break
        }
    }
}
