import BSON

/// The `arrayFilters` of an update: a condition for each `$[name]`.
enum ArrayFilters {
    static func parse(_ filters: [BSONDocument]) throws -> [String: Matcher] {
        var result: [String: Matcher] = [:]
        for filter in filters {
            let name = try name(of: filter)
            try require(result[name] == nil, .failedToParse, "Found multiple array filters for the name \(name)")
            do {
                result[name] = try Matcher(filter: filter, parser: .ofElements)
            } catch let error as CommandError {
                throw error.during("Error parsing array filter")
            }
        }
        return result
    }

    private static func name(of filter: BSONDocument) throws -> String {
        let names = Set(roots(of: filter))
        try require(names.count == 1, .failedToParse, "An array filter needs one top-level field name: \(filter)")
        let name = names.first ?? ""
        let isPlain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) } && name.first?.isLowercase == true
        try require(isPlain, .badValue, "'\(name)' must be alphanumeric and begin with a lowercase letter")
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
