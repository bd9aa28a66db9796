import BSON

/// The `arrayFilters` of an update: a condition for each `$[name]`.
enum ArrayFilters {
    static func parse(_ filters: [BSONDocument]) throws(CommandError) -> [String: Matcher] {
        var result: [String: Matcher] = [:]
        for filter in filters {
            let name = try name(of: filter)
            guard result[name] == nil else {
                throw .failedToParse("Found multiple array filters with the same top-level field name \(name)")
            }
            do {
                result[name] = try Matcher(filter: filter, context: QueryContext().ofElements())
            } catch {
                throw error.during("Error parsing array filter")
            }
        }
        return result
    }

    private static func name(of filter: BSONDocument) throws(CommandError) -> String {
        func refused(_ code: ErrorCode, _ reason: String) -> CommandError {
            CommandError(code, reason).during("Error parsing array filter")
        }
        let names = roots(of: filter)
        guard let name = names.first else {
            throw .failedToParse("Cannot use an expression without a top-level field name in arrayFilters")
        }
        if let other = names.first(where: { $0 != name }) {
            throw refused(.failedToParse, "Expected a single top-level field name, found '\(name)' and '\(other)'")
        }
        let isPlain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
        guard isPlain, name.first?.isLowercase == true else {
            throw refused(.badValue, "'\(name)' must be alphanumeric and begin with a lowercase letter")
        }
        return name
    }

    /// The first parts of all paths, also inside of `$and`, `$or` and `$nor`.
    private static func roots(of filter: BSONDocument) -> [String] {
        filter.elements.flatMap { key, value -> [String] in
            guard key.hasPrefix("$") else { return [FieldPath.split(key)[0]] }
            return (value.arrayValue ?? []).compactMap(\.documentValue).flatMap(roots)
        }
    }
}
