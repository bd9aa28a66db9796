import BSON

extension QueryOperators {
    static func exists(_ clause: OperatorClause) throws -> (any Condition)? {
        let condition = clause.condition(
            ValueTest(rank: 12, predicates: [.exists], refusal: "path does not exist") { value, _ in value != nil })
        return clause.argument.isTruthy ? condition : LogicalCondition(operation: .nor, parts: [condition])
    }

    static func type(_ clause: OperatorClause) throws -> (any Condition)? {
        var types: TypeSet = []
        for value in clause.argument.arrayValue ?? [clause.argument] {
            if let name = value.stringValue {
                try types.insert(named: name)
                continue
            }
            let number = try value.number.orThrow(.typeMismatch("a type must be a number or a string"))
            // MinKey is -1 here.
            let byte = number.exactInt32.flatMap { (-1...127).contains($0) ? UInt8(truncatingIfNeeded: $0) : nil }
            types.insert(try byte.flatMap(BSONType.init).orThrow(.badValue("Invalid numerical type code: \(value)")))
        }
        try require(!types.isEmpty, .failedToParse, "\(clause.path) must match at least one type")
        return clause.condition(31, "type did not match") { [types] value, _ in
            value.map { types.contains($0.type) } ?? false
        }
    }

    static func modulo(_ clause: OperatorClause) throws -> (any Condition)? {
        let elements = try clause.array()
        try require(elements.count == 2, .badValue, "malformed mod, it takes two elements, not \(elements.count)")
        let divisor = try elements[0].number.orThrow(.badValue("malformed mod, divisor not a number")).clampedInt64
        try require(divisor != 0, .badValue, "divisor cannot be 0")
        let remainder = elements[1].number?.clampedInt64 ?? 0
        return clause.condition(11, "$mod did not evaluate to expected remainder") { value, _ in
            guard let dividend = value?.number?.truncatedInt64 else { return false }
            return divisor == -1 ? remainder == 0 : dividend % divisor == remainder
        }
    }

    static func bits(_ rank: Int, _ holds: @escaping @Sendable ([Int], (Int) -> Bool) -> Bool) -> Operator {
        { clause in
            let positions = try bitPositions(clause)
            return clause.condition(rank, "bitwise operator failed to match") { value, _ in
                if case .binary(let data)? = value { return holds(positions, data.isSet) }
                guard let bits = value?.number?.bits else { return false }
                return holds(positions) { position in bits >> Int64(min(position, 63)) & 1 == 1 }
            }
        }
    }

    private static func bitPositions(_ clause: OperatorClause) throws -> [Int] {
        switch clause.argument {
        case .array(let elements):
            return try elements.map { try OperatorClause.count($0, "Failed to parse bit position") }
        case .binary(let data): return (0..<data.bytes.count * 8).filter(data.isSet)
        default:
            let refusal = "\(clause.name) takes an array, a positive integer or binary data, not \(clause.argument)"
            let mask = try clause.argument.number.orThrow(.badValue(refusal)).exactInt64 ?? -1
            try require(mask >= 0, .failedToParse, refusal)
            return (0..<63).filter { mask >> Int64($0) & 1 == 1 }
        }
    }

    static func size(_ clause: OperatorClause) throws -> (any Condition)? {
        let count = try OperatorClause.count(clause.argument, "Failed to parse $size")
        return clause.condition(4, wholeArrays: true, "array length was not equal to given size") { value, _ in
            value?.arrayValue?.count == count
        }
    }

    /// `$elemMatch`, of conditions on fields or of operators on the elements themselves.
    static func elementMatch(_ clause: OperatorClause) throws -> (any Condition)? {
        let document = try clause.argument.documentValue.orThrow(.badValue("$elemMatch needs an Object"))
        let parser = QueryParser.ofElements
        let isQuery = document.first.map { ["$and", "$or", "$nor"].contains($0.key) } ?? false
        if document.isOperators, !isQuery {
            let condition = LogicalCondition.all(try parser.operators(document, on: FieldPath(parts: [])))
            return clause.condition(anElement(3, fulfils: condition) { ["": $0] })
        }
        // `{a: 1}` asks about fields: of an element that is a document, or an array, whose indexes are then keys.
        return clause.condition(anElement(2, fulfils: try parser.parse(document)) { $0.asDocument })
    }

    private static func anElement(
        _ rank: Int, fulfils condition: any Condition, _ view: @escaping @Sendable (BSONValue) -> BSONDocument?
    ) -> ValueTest {
        ValueTest(rank: rank, wholeArrays: true, refusal: "array did not satisfy the child predicate") {
            value, position in
            var ignored: Int?
            for (index, element) in (value?.arrayValue ?? []).enumerated() {
                guard let document = view(element), try condition.matches(document, &ignored) else { continue }
                position = index
                return true
            }
            return false
        }
    }

    static func all(_ clause: OperatorClause) throws -> (any Condition)? {
        let elements = try clause.array()
        if elements.isEmpty { return DocumentCondition(rank: 40) { _ in false } }
        let wanted = elements[0].operatorName == "$elemMatch" ? "$elemMatch" : nil
        var parts: [any Condition] = []
        for element in elements {
            try require(element.operatorName == wanted, .badValue, "no $ expressions in $all, or only $elemMatch")
            if wanted != nil, let document = element.documentValue {
                parts += try clause.parser.operators(BSONDocument(elements: [document[0]]), on: clause.path)
            } else {
                parts += try clause.parser.conditions(on: clause.path, element)
            }
        }
        return LogicalCondition.all(parts)
    }
}

extension Number {
    /// A double counts only when it is whole; a decimal is rounded, as in MongoDB.
    fileprivate var bits: Int64? {
        guard case .decimal(let value) = self else { return exactInt64 }
        return value.rounded(toExponent: 0, .halfEven).truncatedInt64 ?? .min
    }
}

extension BSONBinary {
    fileprivate func isSet(_ bit: Int) -> Bool { bit / 8 < bytes.count && bytes[bit / 8] >> UInt8(bit % 8) & 1 == 1 }
}
