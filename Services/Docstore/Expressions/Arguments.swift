import BSON

/// One type of value, as it is read off any.
typealias Reading<Value> = KeyPath<BSONValue, Value?>

/// The values of a function's arguments, read by type: any other type is an error, of the code that the caller gives.
struct Arguments {
    let name: String
    let values: [BSONValue?]

    subscript(place: Int) -> BSONValue? { values[place] }

    private func read<V>(_ place: Int, _ type: Reading<V>, _ wanted: String, _ code: Int32) throws -> V {
        try (values[place]?[keyPath: type]).orThrow(wrong(place, wanted, code))
    }

    func array(_ place: Int = 0, else code: Int32) throws -> [BSONValue] {
        try read(place, \.arrayValue, "an array", code)
    }

    func document(_ place: Int = 0, else code: Int32) throws -> BSONDocument {
        try read(place, \.documentValue, "an object", code)
    }

    func string(_ place: Int = 0, else code: Int32) throws -> String {
        try read(place, \.stringValue, "a string", code)
    }

    func number(_ place: Int = 0, else code: Int32) throws -> Number { try read(place, \.number, "a number", code) }

    func int(_ place: Int, else code: Int32, notWhole: Int32) throws -> Int {
        Int(try number(place, else: code).exactInt32.orThrow(wrong(place, "a whole number of 32 bits", notWhole)))
    }

    /// As text, for operators that take more than strings.
    func text(_ place: Int) throws -> String {
        switch values[place] {
        case nil, .null?, .undefined?: ""
        case .string(let text)?, .symbol(let text)?, .javascript(let text)?: text
        case .date(let milliseconds)?: try DateText.format(milliseconds)
        default: try read(place, \.number, "what can be made a string", 16007).text
        }
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
        CommandError(code: code, "\(name) requires \(wanted) as argument \(place + 1), not \(values[place].typeName)")
    }
}

/// Arguments that are given by name, in an object.
struct NamedArguments {
    private let document: BSONDocument
    let name: String

    /// - Parameter codes: for an argument that is no object, and for a name that is not among those known.
    init(_ argument: BSONValue, of name: String, _ known: [String], codes: (notObject: Int32, unknown: Int32)) throws {
        document = try Arguments(name: name, values: [argument]).document(else: codes.notObject)
        self.name = name
        for key in document.keys where !known.contains(key) {
            throw CommandError(code: codes.unknown, "Unrecognized parameter to \(name): \(key)")
        }
    }

    func require(_ key: String, missing: Int32) throws -> BSONValue {
        try document[key].orThrow(CommandError(code: missing, "\(name) requires '\(key)'"))
    }

    func require(_ key: String, missing: Int32, _ parser: ExpressionParser) throws -> Expression {
        try parser.parse(try require(key, missing: missing))
    }

    func optional(_ key: String, _ parser: ExpressionParser) throws -> Expression? {
        guard let value = document[key] else { return nil }
        return try parser.parse(value)
    }

    func require<V>(_ key: String, _ type: Reading<V>, missing: Int32, else code: Int32) throws -> V {
        let given = try require(key, missing: missing)
        return try given[keyPath: type].orThrow(.init(code: code, "'\(key)' of \(name) cannot be \(given.typeName)"))
    }

    func optional<Value>(_ key: String, _ type: KeyPath<BSONValue, Value?>, else code: Int32) throws -> Value? {
        document[key] == nil ? nil : try require(key, type, missing: code, else: code)
    }
}
