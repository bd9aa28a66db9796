import BSON

/// The values of a function's arguments, read by type: any other type is an error, of the code that the caller gives.
struct Arguments {
    let name: String
    let values: [BSONValue?]

    subscript(place: Int) -> BSONValue? { values[place] }

    private func read<Value>(
        _ place: Int, _ type: KeyPath<BSONValue, Value?>, _ wanted: String, _ code: Int32
    ) throws(CommandError) -> Value {
        try (values[place]?[keyPath: type]).orThrow(wrong(place, wanted, code))
    }

    func array(_ place: Int = 0, else code: Int32) throws(CommandError) -> [BSONValue] {
        try read(place, \.arrayValue, "an array", code)
    }

    func document(_ place: Int = 0, else code: Int32) throws(CommandError) -> BSONDocument {
        try read(place, \.documentValue, "an object", code)
    }

    func string(_ place: Int = 0, else code: Int32) throws(CommandError) -> String {
        try read(place, \.stringValue, "a string", code)
    }

    func number(_ place: Int = 0, else code: Int32) throws(CommandError) -> Number {
        try read(place, \.number, "a number", code)
    }

    /// A whole number of 32 bits.
    func int(_ place: Int, else code: Int32, notWhole: Int32) throws(CommandError) -> Int {
        Int(try number(place, else: code).exactInt32.orThrow(wrong(place, "a whole number of 32 bits", notWhole)))
    }

    /// As text, for operators that take more than strings.
    func text(_ place: Int) throws(CommandError) -> String {
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
        document = try Arguments(name: name, values: [argument]).document(else: codes.notObject)
        self.name = name
        for key in document.keys where !known.contains(key) {
            throw CommandError(code: codes.unknown, "Unrecognized parameter to \(name): \(key)")
        }
    }

    func require(_ key: String, missing: Int32) throws(CommandError) -> BSONValue {
        try document[key].orThrow(CommandError(code: missing, "\(name) requires '\(key)'"))
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
        return try given[keyPath: type].orThrow(
            CommandError(code: code, "'\(key)' of \(name) cannot be \(given.typeName)"))
    }

    /// A value that has to be of one type, when it is given.
    func optional<Value>(
        _ key: String, _ type: KeyPath<BSONValue, Value?>, else code: Int32
    ) throws(CommandError) -> Value? {
        document[key] == nil ? nil : try require(key, type, missing: code, else: code)
    }
}
