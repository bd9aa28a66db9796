import BSON

/// The `arrayFilters` of an update: a condition for each `$[name]`.
enum ArrayFilters {
    static func parse(_ filters: [BSONDocument]) throws(CommandError) -> [String: Matcher] {
        var result: [String: Matcher] = [:]
        for filter in filters {
            let name = try name(of: filter)
            guard result[name] == nil else {
                throw CommandError(
                    .failedToParse, "Found multiple array filters with the same top-level field name \(name)")
            }
            var context = QueryContext()
            context.allowsText = false
            context.allowsExpressions = false
            do {
                result[name] = try Matcher(filter: filter, context: context)
            } catch {
                throw error.during("Error parsing array filter")
            }
        }
        return result
    }

    private static func name(of filter: BSONDocument) throws(CommandError) -> String {
        let names = roots(of: filter)
        guard let name = names.first else {
            throw CommandError(
                .failedToParse, "Cannot use an expression without a top-level field name in arrayFilters")
        }
        if let other = names.first(where: { $0 != name }) {
            throw CommandError(
                .failedToParse,
                "Error parsing array filter :: caused by :: Expected a single top-level field name, found '\(name)' "
                    + "and '\(other)'")
        }
        let isIdentifier =
            name.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } ?? false
            && name.utf8.allSatisfy {
                $0.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
            }
        guard isIdentifier else {
            throw CommandError(
                .badValue,
                "Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string "
                    + "beginning with a lowercase letter, found '\(name)'")
        }
        return name
    }

    /// The first parts of all paths, also inside of `$and`, `$or` and `$nor`.
    private static func roots(of filter: BSONDocument) -> [String] {
        filter.elements.flatMap { key, value -> [String] in
            guard key.hasPrefix("$") else { return [FieldPath(key).parts[0]] }
            guard case .array(let parts) = value else { return [] }
            return parts.flatMap { part -> [String] in
                if case .document(let document) = part { roots(of: document) } else { [] }
            }
        }
    }
}
