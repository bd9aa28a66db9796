import BSON

/// The values of a function's arguments, read by type: any other type is an error, of the code that the caller gives.
struct Arguments {
    let name: String
    let values: [BSONValue?]

    subscript(place: Int) -> BSONValue? { values[place] }

    func array(_ place: Int = 0, else code: Int32) throws(CommandError) -> [BSONValue] {
        guard case .array(let elements)? = values[place] else { throw wrong(place, "an array", code) }
        return elements
    }

    func document(_ place: Int = 0, else code: Int32) throws(CommandError) -> BSONDocument {
        guard case .document(let document)? = values[place] else { throw wrong(place, "an object", code) }
        return document
    }

    func string(_ place: Int = 0, else code: Int32) throws(CommandError) -> String {
        guard case .string(let text)? = values[place] else { throw wrong(place, "a string", code) }
        return text
    }

    /// Nil for null and missing.
    func stringIfAny(_ place: Int, else code: Int32) throws(CommandError) -> String? {
        values[place].isNullish ? nil : try string(place, else: code)
    }

    /// As text, for operators that take more than strings.
    func text(_ place: Int) throws(CommandError) -> String {
        switch values[place] {
        case nil, .null?, .undefined?: return ""
        case .string(let text)?, .symbol(let text)?, .javascript(let text)?: return text
        case .date(let milliseconds)?: return try DateText.format(milliseconds)
        case let value?:
            guard let number = Number(value) else { throw wrong(place, "what can be made a string", 16007) }
            return number.text
        }
    }

    func number(_ place: Int = 0, else code: Int32) throws(CommandError) -> Number {
        guard let number = values[place].flatMap(Number.init) else { throw wrong(place, "a number", code) }
        return number
    }

    /// A whole number of 32 bits.
    func int(_ place: Int, else code: Int32, notWhole: Int32) throws(CommandError) -> Int {
        guard let int = try number(place, else: code).exactInt32 else {
            throw wrong(place, "a whole number of 32 bits", notWhole)
        }
        return Int(int)
    }

    /// All arguments, each read alike; nil when one is null or missing, whatever follows it.
    func all<Value>(_ read: (Int) throws -> Value) rethrows -> [Value]? {
        var results: [Value] = []
        for (place, value) in values.enumerated() {
            if value.isNullish { return nil }
            results.append(try read(place))
        }
        return results
    }

    func wrong(_ place: Int, _ wanted: String, _ code: Int32) -> CommandError {
        CommandError(
            code: code, "\(name) requires \(wanted) as argument \(place + 1), found: \(values[place].typeName)")
    }
}

/// Arguments that are given by name, in an object.
struct NamedArguments {
    private let document: BSONDocument
    let name: String

    /// - Parameter codes: for an argument that is no object, and for a name that is not among those known.
    init(
        _ argument: BSONValue, of name: String, _ known: [String], codes: (notObject: Int32, unknown: Int32)
    ) throws(CommandError) {
        guard case .document(let document) = argument else {
            throw CommandError(code: codes.notObject, "\(name) requires an object, not \(argument.typeName)")
        }
        for key in document.keys where !known.contains(key) {
            throw CommandError(code: codes.unknown, "Unrecognized parameter to \(name): \(key)")
        }
        self.document = document
        self.name = name
    }

    func require(_ key: String, missing: Int32) throws(CommandError) -> BSONValue {
        guard let value = document[key] else { throw CommandError(code: missing, "\(name) requires '\(key)'") }
        return value
    }

    func require(_ key: String, missing: Int32, _ parser: ExpressionParser) throws(CommandError) -> Expression {
        try parser.parse(try require(key, missing: missing))
    }

    func optional(_ key: String, _ parser: ExpressionParser) throws(CommandError) -> Expression? {
        guard let value = document[key] else { return nil }
        return try parser.parse(value)
    }

    /// A value that has to be of one type.
    func require<Value>(
        _ key: String, _ type: KeyPath<BSONValue, Value?>, missing: Int32, else code: Int32
    ) throws(CommandError) -> Value {
        let given = try require(key, missing: missing)
        guard let value = given[keyPath: type] else {
            throw CommandError(code: code, "'\(key)' of \(name) cannot be \(given.typeName)")
        }
        return value
    }

    /// A value that has to be of one type, when it is given.
    func optional<Value>(
        _ key: String, _ type: KeyPath<BSONValue, Value?>, else code: Int32
    ) throws(CommandError) -> Value? {
        document[key] == nil ? nil : try require(key, type, missing: code, else: code)
    }
}
