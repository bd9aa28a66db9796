import BSON

extension ExpressionOperator {
    static let patterns: [ExpressionOperator] = [
        pattern("$regexMatch", ofNull: false) { regex, text in
            .bool(try regex.firstMatch(in: text, from: 0) != nil)
        },
        pattern("$regexFind", ofNull: .null) { regex, text in
            try regex.firstMatch(in: text, from: 0).map { describe($0, in: text) } ?? .null
        },
        pattern("$regexFindAll", ofNull: []) { regex, text in
            var results: [BSONValue] = []
            var start = 0
            while start <= text.count, let groups = try regex.firstMatch(in: text, from: start) {
                results.append(describe(groups, in: text))
                let match = groups[0] ?? 0..<0
                start = match.upperBound
                guard match.isEmpty else { continue }
                repeat { start += 1 } while start < text.count && text[start].isContinuation
            }
            return .array(results)
        },
    ]

    private static func pattern(
        _ name: String, ofNull: BSONValue,
        _ body: @escaping @Sendable (Regex, [UInt8]) throws -> BSONValue
    ) -> ExpressionOperator {
        .init(
            name, required: ["input": 31022, "regex": 31023], optional: ["options": .null], codes: (51103, 31024)
        ) { arguments in
            let regex = try regex(arguments)
            if arguments[0].isNullish { return ofNull }
            guard let text = arguments[0]?.textual else { throw arguments.wrong(0, "a string", 51104) }
            return try regex.map { try body($0, Array(text.utf8)) } ?? ofNull
        }
    }

    private static func regex(_ arguments: Arguments) throws(CommandError) -> Regex? {
        let options = try arguments.stringIfAny(2, else: 51106)
        do throws(CommandError) {
            switch arguments[1] {
            case nil, .null?, .undefined?: return nil
            case .string(let pattern)?: return try Regex(pattern: pattern, options: options ?? "")
            case .regex(let pattern, let own)?:
                guard own.isEmpty || options == nil else {
                    throw CommandError(code: 51107, "\(arguments.name) found options in both 'regex' and 'options'")
                }
                return try Regex(pattern: pattern, options: options ?? own)
            default: throw arguments.wrong(1, "a string or a regular expression", 51105)
            }
        } catch {
            guard error.code == 51091 else { throw error }
            throw CommandError(code: 51111, "Invalid Regex in \(arguments.name): \(error.message)")
        }
    }

    private static func describe(_ groups: [Range<Int>?], in bytes: [UInt8]) -> BSONValue {
        let texts = groups.map { $0.map { BSONValue.string(String(decoding: bytes[$0], as: UTF8.self)) } ?? .null }
        let index = bytes[..<(groups[0]?.lowerBound ?? 0)].count { !$0.isContinuation }
        return ["match": texts[0], "idx": .int32(Int32(index)), "captures": .array(Array(texts.dropFirst()))]
    }
}
