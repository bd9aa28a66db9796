import BSON

/// A projection as it was written: a list of paths and what is wanted of each.
struct ProjectionSpec {
    enum Wish {
        case include
        case exclude
        case compute(any Expression)
        /// The find syntax of `$slice`.
        case slice(skip: Int?, limit: Int)
        case elemMatch(Matcher)
        /// `"a.$": 1`.
        case positional
        case textScore
    }

    /// Where a projection stands decides what it may hold.
    enum Place { case find, project }

    private(set) var wishes: [(path: [String], wish: Wish)] = []
    private(set) var isInclusion = false
    private var place: Place
    private var parser: ExpressionParser
    private var kind: (isInclusion: Bool, path: String)?
    private var wishForID: Bool?

    init(_ document: BSONDocument, place: Place, scope: ExpressionScope) throws(CommandError) {
        self.place = place
        parser = ExpressionParser(scope: scope)
        for (key, value) in document.elements { try add(value, at: key, below: []) }
        if let kind {
            isInclusion = kind.isInclusion
        } else {
            isInclusion = wishForID ?? wishes.contains { $0.wish.isElemMatch }
        }
        try check()
    }

    private mutating func add(_ value: BSONValue, at key: String, below parents: [String]) throws(CommandError) {
        if place == .find, key == "$" || key.hasSuffix(".$") {
            return try addPositional(value, at: key, below: parents)
        }
        let path = parents + (try Self.parts(of: key))
        switch value {
        case .document(let inner): try add(inner, path)
        case .bool, .int32, .int64, .double, .decimal128: try addFlag(value.isTruthy, path)
        default: try addComputed(try parser.parse(value), path)
        }
    }

    static func parts(of key: String) throws(CommandError) -> [String] {
        guard !key.isEmpty else { throw CommandError(code: 40352, "FieldPath cannot be constructed with empty string") }
        return try ExpressionParser.fieldParts(key)
    }

    private mutating func addFlag(_ included: Bool, _ path: [String]) throws(CommandError) {
        let name = path.joined(separator: ".")
        wishes.append((path, included ? .include : .exclude))
        if path == ["_id"] {
            wishForID = included
            return
        }
        try decide(included, name)
    }

    private mutating func decide(_ included: Bool, _ name: String) throws(CommandError) {
        guard let kind else {
            kind = (included, name)
            return
        }
        guard kind.isInclusion == included else {
            throw included
                ? CommandError(code: 31253, "Cannot do inclusion on field \(name) in exclusion projection")
                : CommandError(code: 31254, "Cannot do exclusion on field \(name) in inclusion projection")
        }
    }

    private mutating func addComputed(_ expression: any Expression, _ path: [String]) throws(CommandError) {
        if kind?.isInclusion == false {
            throw CommandError(code: 31252, "Cannot use expression other than $meta in exclusion projection")
        }
        kind = kind ?? (true, path.joined(separator: "."))
        wishes.append((path, .compute(expression)))
    }

    private mutating func add(_ inner: BSONDocument, _ path: [String]) throws(CommandError) {
        guard let first = inner.first else {
            throw CommandError(
                code: 51270,
                "An empty sub-projection is not a valid value. Found empty object at path \(path.joined(separator: "."))"
            )
        }
        guard first.key.hasPrefix("$") else {
            for (key, value) in inner.elements { try add(value, at: key, below: path) }
            return
        }
        guard inner.count == 1 else {
            throw CommandError(
                code: 15983, "an object representing an expression must have exactly one field: \(inner)")
        }
        if place == .find, first.key == "$slice", try addSlice(first.value, path) { return }
        if place == .find, first.key == "$elemMatch" { return try addElemMatch(first.value, path) }
        if first.key == "$meta" { return try addMeta(first.value, path) }
        guard ExpressionOperators.isKnown(first.key) else {
            throw CommandError(code: 31325, "Unknown expression \(first.key)")
        }
        try addComputed(try parser.parse(.document(inner)), path)
    }

    /// - Returns: false when the argument reads as the expression of the same name.
    private mutating func addSlice(_ argument: BSONValue, _ path: [String]) throws(CommandError) -> Bool {
        if let limit = Number(argument) {
            wishes.append((path, .slice(skip: nil, limit: Int(clamping: limit.clampedInt64))))
            return true
        }
        guard case .array(let parts) = argument else { return false }
        guard parts.count == 2, let skip = Number(parts[0]), let limit = Number(parts[1]) else { return false }
        guard limit.clampedInt64 > 0 else {
            throw CommandError(code: 28724, "$slice's limit must be positive: \(limit.clampedInt64)")
        }
        wishes.append(
            (path, .slice(skip: Int(clamping: skip.clampedInt64), limit: Int(clamping: limit.clampedInt64))))
        return true
    }

    private mutating func addElemMatch(_ argument: BSONValue, _ path: [String]) throws(CommandError) {
        guard case .document = argument else {
            throw CommandError(
                code: 31274, "elemMatch: Invalid argument, object required, but got \(argument.typeName)")
        }
        guard path.count == 1 else {
            throw CommandError(code: 31275, "Cannot use $elemMatch projection on a nested field")
        }
        var context = QueryContext()
        context.allowsText = false
        let matcher = try Matcher(filter: [path[0]: ["$elemMatch": argument]], context: context)
        wishes.append((path, .elemMatch(matcher)))
    }

    private mutating func addMeta(_ argument: BSONValue, _ path: [String]) throws(CommandError) {
        guard argument == .string("textScore") else {
            throw CommandError(code: 17308, "Unsupported argument to $meta: \(argument)")
        }
        wishes.append((path, .textScore))
    }

    private mutating func addPositional(
        _ value: BSONValue, at key: String, below parents: [String]
    ) throws(CommandError) {
        guard key != "$", value.isFlag else {
            throw CommandError(code: 31271, "positional projection cannot be used with an expression or sub object")
        }
        guard value.isTruthy else {
            throw CommandError(code: 31395, "positional projection cannot be used with exclusion")
        }
        guard !wishes.contains(where: { if case .positional = $0.wish { true } else { false } }) else {
            throw CommandError(code: 31276, "Cannot specify more than one positional projection per query.")
        }
        let path = parents + (try Self.parts(of: String(key.dropLast(2))))
        try decide(true, path.joined(separator: "."))
        wishes.append((path, .positional))
    }

    private func check() throws(CommandError) {
        let elemMatch = wishes.contains { $0.wish.isElemMatch }
        if elemMatch, wishes.contains(where: { if case .positional = $0.wish { true } else { false } }) {
            throw CommandError(code: 31255, "Cannot specify positional operator and $elemMatch.")
        }
        if elemMatch, !isInclusion {
            throw CommandError(code: 31252, "Cannot use expression other than $meta in exclusion projection")
        }
    }
}

extension ProjectionSpec.Wish {
    fileprivate var isElemMatch: Bool { if case .elemMatch = self { true } else { false } }
}

extension BSONValue {
    fileprivate var isFlag: Bool {
        switch self {
        case .bool, .int32, .int64, .double, .decimal128: true
        default: false
        }
    }
}
