import BSON

struct UpdateStep: Sendable {
    var path: [String]
    var modifier: Modifier
    /// Of a `$rename` both steps, at its source and its target, which do nothing until a document shows the value.
    var rename: Rename?
    /// Why it cannot be done. In MongoDB steps before it may fail first.
    var failure: CommandError?

    var isDynamic: Bool { path.contains { $0.hasPrefix("$") } }

    /// In the order in which MongoDB applies: by names, numbers by value. Two that touch the same value are a failure.
    static func ordered(_ steps: [UpdateStep]) -> [UpdateStep] {
        var sorted = steps.sorted { precedes($0.path[...], $1.path[...]) }
        for index in sorted.indices.dropFirst() {
            let (first, second) = (sorted[index - 1].path, sorted[index].path)
            let fork = zip(first, second).first { $0 != $1 }
            let mixes = fork.map { (UpdatePath.identifier(of: $0) == nil) != (UpdatePath.identifier(of: $1) == nil) }
            if mixes == false { continue }
            let message = "Updating '\(second.dotted)' would conflict with '\(first.dotted)'"
            sorted[index - 1].failure = CommandError(.conflictingUpdateOperators, message)
        }
        return sorted
    }

    private static func precedes(_ left: ArraySlice<String>, _ right: ArraySlice<String>) -> Bool {
        guard let (first, second) = zip(left, right).first(where: { $0 != $1 }) else { return left.count < right.count }
        if let first = FieldPath.index(of: first), let second = FieldPath.index(of: second) { return first < second }
        return MongoOrder.compare(first, second) < 0
    }
}

extension [UpdateStep] {
    /// - Parameter filters: the names that `$[name]` may use.
    init(_ document: BSONDocument, filters: Set<String>) throws {
        var steps: [UpdateStep] = []
        var unused = filters
        for (name, argument) in document.elements {
            let form = try UpdateOperators.all[name].orThrow(.failedToParse("Unknown modifier: \(name)"))
            let fields = try argument.documentValue.orThrow(.failedToParse("\(name) takes fields, not \(argument)"))
            for (path, value) in fields.elements {
                let modifier = try form(UpdateClause(name: name, path: path, argument: value))
                var step = UpdateStep(path: try UpdatePath.parse(path), modifier: modifier)
                for name in step.path.compactMap(UpdatePath.identifier) where !name.isEmpty {
                    try require(filters.contains(name), .badValue, "No array filter found for '\(name)' in '\(path)'")
                    unused.remove(name)
                }
                if name == "$rename", case .string(let target) = value {
                    let rename = Rename(source: step.path, target: try UpdatePath.parse(target))
                    step.rename = rename
                    steps.append(UpdateStep(path: rename.target, modifier: modifier, rename: rename))
                }
                steps.append(step)
            }
        }
        self = UpdateStep.ordered(steps)
        if let failure = lazy.compactMap(\.failure).first { throw failure }
        try require(unused.isEmpty, .failedToParse, "The update uses no array filters \(unused.sorted())")
    }
}

enum UpdatePath {
    static func parse(_ path: String) throws -> [String] {
        let parts = FieldPath.split(path)
        try require(!parts.contains(""), .emptyFieldName, "The update path '\(path)' contains an empty field name")
        try require(parts.count(where: { $0 == "$" }) <= 1, .badValue, "Too many positional elements in '\(path)'")
        let isField = parts[0] != "$" && identifier(of: parts[0]) == nil
        try require(isField, .badValue, "Cannot have a positional element in the first position in path '\(path)'")
        for (index, part) in parts.enumerated() where part.hasPrefix("$") {
            if part == "$" || identifier(of: part) != nil { continue }
            if index > 0, BSONDocument.referenceKeys.contains(part) { continue }
            throw StorageRules.dollarPrefixed(part, in: path)
        }
        return parts
    }

    /// The name between the brackets of `$[name]`, empty for `$[]`; nil for a field.
    static func identifier(of part: String) -> String? {
        part.hasPrefix("$[") && part.hasSuffix("]") ? String(part.dropFirst(2).dropLast()) : nil
    }
}
