import BSON

extension QueryOperators {
    static func exists(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        let test = PlainTest(matchRank: 12, predicates: [.exists], refusal: "path does not exist") { $0 != nil }
        let condition = clause.condition(test)
        return clause.argument.isTruthy ? condition : LogicalCondition(.nor, [condition])
    }

    static func type(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        var types: TypeSet = []
        for value in clause.argument.arrayValue ?? [clause.argument] {
            if case .string(let name) = value {
                try types.insert(named: name)
                continue
            }
            let number = try value.number.orThrow(.typeMismatch("a type must be a number or a string"))
            let type = number.exactInt32.flatMap(BSONType.init(number:))
            types.insert(try type.orThrow(.badValue("Invalid numerical type code: \(value)")))
        }
        guard !types.isEmpty else { throw .failedToParse("\(clause.path) must match at least one type") }
        return clause.condition(
            PlainTest(matchRank: 31, refusal: "type did not match") { [types] value in
                value.map { types.contains($0.type) } ?? false
            })
    }

    static func modulo(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        func malformed(_ what: String) -> CommandError { CommandError(.badValue, "malformed mod, \(what)") }
        guard case .array(let elements) = clause.argument else { throw malformed("needs to be an array") }
        guard elements.count >= 2 else { throw malformed("not enough elements") }
        guard elements.count == 2 else { throw malformed("too many elements") }
        guard let divisor = Number(elements[0])?.clampedInt64 else { throw malformed("divisor not a number") }
        guard divisor != 0 else { throw .badValue("divisor cannot be 0") }
        let remainder = Number(elements[1])?.clampedInt64 ?? 0
        return clause.condition(
            PlainTest(matchRank: 11, refusal: "$mod did not evaluate to expected remainder") { value in
                guard let dividend = value.flatMap(Number.init)?.truncatedInt64 else { return false }
                return divisor == -1 ? remainder == 0 : dividend % divisor == remainder
            })
    }

    /// `$bitsAllSet $bitsAllClear $bitsAnySet $bitsAnyClear`: `holds` of the positions and whether a bit is set.
    static func bits(_ rank: Int, _ holds: @escaping @Sendable ([Int], (Int) -> Bool) -> Bool) -> Operator {
        { (clause) throws(CommandError) in
            let positions = try bitPositions(clause)
            return clause.condition(
                PlainTest(matchRank: rank, refusal: "bitwise operator failed to match") { value in
                    if case .binary(let data)? = value { return holds(positions, data.isSet) }
                    guard let bits = value.flatMap(Number.init)?.bits else { return false }
                    return holds(positions) { position in bits >> Int64(min(position, 63)) & 1 == 1 }
                })
        }
    }

    private static func bitPositions(_ clause: OperatorClause) throws(CommandError) -> [Int] {
        switch clause.argument {
        case .array(let elements):
            var positions: [Int] = []
            for element in elements {
                positions.append(try OperatorClause.count(element, "Failed to parse bit position"))
            }
            return positions
        case .binary(let data): return (0..<data.bytes.count * 8).filter(data.isSet)
        default:
            let number = try clause.argument.number.orThrow(
                .badValue("\(clause.path) takes an Array, a number, or a BinData, not \(clause.argument)"))
            let mask = number.exactInt64 ?? -1
            try require(mask >= 0, .failedToParse, "\(clause.name) takes a positive integer, not \(clause.argument)")
            return (0..<63).filter { mask >> Int64($0) & 1 == 1 }
        }
    }

    static func size(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        let count = try OperatorClause.count(clause.argument, "Failed to parse $size")
        return clause.condition(
            PlainTest(matchRank: 4, leaf: .whole, refusal: "array length was not equal to given size") { value in
                value?.arrayValue?.count == count
            })
    }

    /// `$elemMatch`, of conditions on fields or of operators on the elements themselves.
    static func elementMatch(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        guard case .document(let document) = clause.argument else { throw .badValue("$elemMatch needs an Object") }
        let parser = QueryParser(context: clause.parser.context.ofElements())
        let isQuery = document.first.map { ["$and", "$or", "$nor"].contains($0.key) } ?? false
        if document.isOperators, !isQuery {
            let condition = LogicalCondition.all(try parser.operators(document, on: FieldPath(parts: [])))
            return clause.condition(ElementMatch(matchRank: 3, condition: condition, looksInside: false))
        }
        return clause.condition(ElementMatch(matchRank: 2, condition: try parser.parse(document), looksInside: true))
    }

    /// `$all`: values, or nothing but `$elemMatch`.
    static func all(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
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

/// `$elemMatch`: one element fulfils the whole condition.
struct ElementMatch: ValueTest {
    let matchRank: Int
    let condition: any Condition
    /// `{a: 1}` asks about fields: of an element that is a document, or an array, whose indexes are then keys.
    let looksInside: Bool

    var leaf: FieldPath.LeafArrays { .whole }
    var refusal: String { "array did not satisfy the child predicate" }

    func matches(_ value: BSONValue?, _ position: inout Int?) throws(CommandError) -> Bool {
        guard case .array(let elements)? = value else { return false }
        var ignored: Int?
        for (index, element) in elements.enumerated() {
            guard let document = looksInside ? element.asDocument : ["": element],
                try condition.matches(document, &ignored)
            else { continue }
            position = index
            return true
        }
        return false
    }
}

extension BSONValue {
    /// A document, or an array seen as one whose keys are its indexes.
    var asDocument: BSONDocument? {
        switch self {
        case .document(let document): document
        case .array(let elements):
            BSONDocument(elements: elements.enumerated().map { (key: String($0.offset), value: $0.element) })
        default: nil
        }
    }

    /// Of `{$name: …}`.
    fileprivate var operatorName: String? { documentValue.flatMap { $0.isOperators ? $0.first?.key : nil } }
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

extension BSONValue {
    /// As C and MongoDB's options see it: false, null, undefined and zero are false.
    package var isTruthy: Bool {
        switch self {
        case .bool(let flag): flag
        case .null, .undefined: false
        default: Number(self).map { !$0.isZero } ?? true
        }
    }
}

extension Optional where Wrapped == BSONValue {
    var isTruthy: Bool { self?.isTruthy ?? false }
}
