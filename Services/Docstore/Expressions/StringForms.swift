import BSON

/// `$trim $ltrim $rtrim`.
enum TrimForm: ExpressionForm {
    static let names = ["$trim", "$ltrim", "$rtrim"]

    struct Evaluated: Expression {
        var name: String
        var input: any Expression
        var characters: (any Expression)?

        private static let blanks = Set<Unicode.Scalar>(
            [0, 9, 10, 11, 12, 13, 32, 0xa0, 0x1680].map { Unicode.Scalar(UInt32($0)) ?? " " }
                + (0x2000...0x200a).map { Unicode.Scalar(UInt32($0)) ?? " " })

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            let value = try input.evaluate(variables)
            if value.isNullish { return .null }
            guard case .string(let text)? = value else {
                throw CommandError(
                    code: 50699, "\(name) requires its input to be a string, got \(value.typeName) instead.")
            }
            var unwanted = Self.blanks
            if let characters {
                let given = try characters.evaluate(variables)
                if given.isNullish { return .null }
                guard case .string(let list)? = given else {
                    throw CommandError(
                        code: 50700, "\(name) requires 'chars' to be a string, got \(given.typeName) instead.")
                }
                unwanted = Set(list.unicodeScalars)
            }
            var scalars = Array(text.unicodeScalars)[...]
            if name != "$rtrim" { scalars = scalars.drop { unwanted.contains($0) } }
            if name != "$ltrim" { while let last = scalars.last, unwanted.contains(last) { scalars.removeLast() } }
            var result = String.UnicodeScalarView()
            result.append(contentsOf: scalars)
            return .string(String(result))
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        guard case .document(let document) = argument else {
            throw CommandError(
                code: 50696, "\(name) only supports an object as an argument, found \(argument.typeName)")
        }
        let named = try NamedArguments(document, of: name, allowing: ["input", "chars"], unknown: 50694)
        return Evaluated(
            name: name, input: try named.require("input", missing: 50695, parser),
            characters: try named.optional("chars", parser))
    }
}

/// `$replaceOne` and `$replaceAll`.
enum ReplaceForm: ExpressionForm {
    static let names = ["$replaceOne", "$replaceAll"]

    struct Evaluated: Expression {
        var name: String
        var input: any Expression
        var find: any Expression
        var replacement: any Expression

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            let text = try string(input, "input", 51746, variables)
            let part = try string(find, "find", 51745, variables)
            let new = try string(replacement, "replacement", 51744, variables)
            guard let text, let part, let new else { return .null }
            let bytes = Array(text.utf8)
            var result: [UInt8] = []
            var start = 0
            while let place = bytes.firstOccurrence(of: Array(part.utf8), from: start) {
                result += bytes[start..<place]
                result += new.utf8
                start = place + part.utf8.count
                if part.isEmpty {
                    guard place < bytes.count else { break }
                    result.append(bytes[place])
                    start = place + 1
                }
                if name == "$replaceOne" { break }
            }
            if start < bytes.count { result += bytes[start...] }
            return .string(String(decoding: result, as: UTF8.self))
        }

        private func string(
            _ expression: any Expression, _ what: String, _ code: Int32, _ variables: Variables
        ) throws(CommandError) -> String? {
            let value = try expression.evaluate(variables)
            if value.isNullish { return nil }
            guard case .string(let text)? = value else {
                throw CommandError(
                    code: code, "\(name) requires that '\(what)' be a string, found: \(value.map { "\($0)" } ?? "")")
            }
            return text
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        guard case .document(let document) = argument else {
            throw CommandError(
                code: 51751, "\(name) requires an object as an argument, found: \(argument.typeName)")
        }
        let named = try NamedArguments(document, of: name, allowing: ["input", "find", "replacement"], unknown: 51750)
        return Evaluated(
            name: name, input: try named.require("input", missing: 51749, parser),
            find: try named.require("find", missing: 51748, parser),
            replacement: try named.require("replacement", missing: 51747, parser))
    }
}

/// `$regexMatch $regexFind $regexFindAll`.
enum RegexForm: ExpressionForm {
    static let names = ["$regexMatch", "$regexFind", "$regexFindAll"]

    struct Evaluated: Expression {
        var name: String
        var input: any Expression
        var pattern: any Expression
        var options: (any Expression)?

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            let value = try input.evaluate(variables)
            let regex = try regex(variables)
            guard value.isNullish || value?.textual != nil else {
                throw CommandError(
                    code: 51104, "\(name) needs 'input' to be of type string")
            }
            guard let text = value?.textual, let regex else {
                return name == "$regexMatch" ? false : name == "$regexFind" ? .null : .array([])
            }
            let bytes = Array(text.utf8)
            switch name {
            case "$regexMatch": return .bool(try regex.firstMatch(in: bytes, from: 0) != nil)
            case "$regexFind":
                return try regex.firstMatch(in: bytes, from: 0).map { Self.describe($0, in: bytes) } ?? .null
            default: return .array(try Self.all(regex, in: bytes))
            }
        }

        private func regex(_ variables: Variables) throws(CommandError) -> Regex? {
            let value = try pattern.evaluate(variables)
            let given = try options?.evaluate(variables)
            if !given.isNullish, given?.textual == nil {
                throw CommandError(code: 51106, "\(name) needs 'options' to be of type string")
            }
            switch value {
            case nil, .null?, .undefined?: return nil
            case .string(let text)?: return try make(text, given?.textual ?? "")
            case .regex(let text, let own)?:
                guard own.isEmpty || given.isNullish else {
                    throw CommandError(
                        code: 51107,
                        "\(name): found regex option(s) specified in both 'regex' and 'option' fields")
                }
                return try make(text, given?.textual ?? own)
            default: throw CommandError(code: 51105, "\(name) needs 'regex' to be of type string or regex")
            }
        }

        private func make(_ text: String, _ options: String) throws(CommandError) -> Regex {
            do {
                return try Regex(pattern: text, options: options)
            } catch {
                guard error.code == 51091 else { throw error }
                throw CommandError(code: 51111, "Invalid Regex in \(name): \(error.message)")
            }
        }

        private static func describe(_ groups: [Range<Int>?], in bytes: [UInt8]) -> BSONValue {
            let text = { (range: Range<Int>) in BSONValue.string(String(decoding: bytes[range], as: UTF8.self)) }
            let whole = groups[0] ?? 0..<0
            let index = bytes[..<whole.lowerBound].count { !$0.isContinuation }
            return [
                "match": text(whole), "idx": .int32(Int32(index)),
                "captures": .array(groups.dropFirst().map { $0.map(text) ?? .null }),
            ]
        }

        private static func all(_ regex: Regex, in bytes: [UInt8]) throws(CommandError) -> [BSONValue] {
            var results: [BSONValue] = []
            var start = 0
            while start <= bytes.count, let groups = try regex.firstMatch(in: bytes, from: start) {
                let whole = groups[0] ?? 0..<0
                results.append(describe(groups, in: bytes))
                start = whole.upperBound
                if whole.isEmpty {
                    start += 1
                    while start < bytes.count, bytes[start].isContinuation { start += 1 }
                }
            }
            return results
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        guard case .document(let document) = argument else {
            throw CommandError(
                code: 51103, "\(name) expects an object of named arguments but found: \(argument.typeName)")
        }
        let named = try NamedArguments(document, of: name, allowing: ["input", "regex", "options"], unknown: 31024)
        return Evaluated(
            name: name, input: try named.require("input", missing: 31022, parser),
            pattern: try named.require("regex", missing: 31023, parser), options: try named.optional("options", parser))
    }
}
