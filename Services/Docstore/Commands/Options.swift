import BSON

/// The arguments that a command, or a statement of one, takes: their names by type, and MongoDB's answers to what does
/// not fit. What passed can be read without further ado.
struct Options: Sendable, ExpressibleByDictionaryLiteral {
    enum Kind: String {
        case document = "object"
        /// In most places a number is a flag, too.
        case bool, strictBool = "boolean"
        /// A number that is not negative.
        case count
        case number, long, array, string, any
        case hint
        /// What drivers know and docstore lacks: refused where it is really asked for.
        case lacking
    }

    /// Compared one after the other: faster than to hash a name, when the usual ones come early.
    private var known: [(name: String, kind: Kind)] = []
    private var required: [String] = []

    /// Of each kind the names; one that ends with `!` may not be missing.
    init(dictionaryLiteral groups: (Kind, String)...) {
        for (kind, list) in groups {
            for word in list.split(separator: " ") {
                let name = String(word.prefix { $0 != "!" })
                known.append((name, kind))
                if name.count < word.count { required.append(name) }
            }
        }
    }

    private static let generic: Options = [
        .document: "lsid readConcern writeConcern", .long: "txnNumber", .strictBool: "autocommit startTransaction",
        .any: """
        $db $clusterTime $readPreference maxTimeMS maxTimeMSOpOnly comment stmtId stmtIds apiVersion apiStrict \
        apiDeprecationErrors $audit $client $configServerState databaseVersion shardVersion help
        """,
    ]

    var ofCommand: Options {
        var joined = self
        joined.known += Self.generic.known
        return joined
    }

    /// - Parameters:
    ///   - start: where the arguments begin: a command's name comes first.
    ///   - sequences: names of arguments that came as sequences of documents.
    /// - Throws: 40415 for a name that is not known, 14 for a wrong type, 40414 for what is missing.
    func check(
        _ body: BSONDocument, in place: String, from start: Int = 0, ignoresUnknown: Bool = false,
        sequences: [String] = []
    ) throws {
        for (name, value) in body.elements.dropFirst(start) {
            if let kind = kind(of: name) {
                if !value.isNull { try Self.check(value, kind, name, in: place) }
            } else if !ignoresUnknown {
                throw Self.unknown(name, in: place)
            }
        }
        for name in sequences where kind(of: name) != .array { throw Self.unknown(name, in: place) }
        for name in required where !body.contains(name) && !sequences.contains(name) {
            throw Self.missing(name, in: place)
        }
    }

    private func kind(of name: String) -> Kind? { known.first { $0.name == name }?.kind }

    private static func check(_ value: BSONValue, _ kind: Kind, _ name: String, in place: String) throws {
        switch (kind, value) {
        case (.any, _), (.document, .document), (.array, .array), (.string, .string), (.hint, .string),
            (.hint, .document), (.bool, .bool), (.strictBool, .bool), (.long, .int64):
            return
        case (.hint, _): throw CommandError.failedToParse("Hint must be a string or an object")
        case (.lacking, _):
            let isSimple = name == "collation" && value.documentValue?.string("locale") == "simple"
            if value.isTruthy, !isSimple { throw unknown(name, in: place) }
        case (.number, _), (.count, _), (.bool, _):
            guard let number = Number(value) else { fallthrough }
            let isAllowed = kind != .count || number.clampedInt64 >= 0
            try require(isAllowed, .badValue, "\(name) value must be non-negative, but received: \(value)")
        default: throw CommandError.wrongType("\(place).\(name)", value, expected: kind.rawValue)
        }
    }

    private static func unknown(_ name: String, in place: String) -> CommandError {
        CommandError(code: 40415, "BSON field '\(place).\(name)' is an unknown field.")
    }

    static func missing(_ name: String, in place: String) -> CommandError {
        CommandError(code: 40414, "BSON field '\(place).\(name)' is missing but a required field")
    }
}

extension BSONDocument {
    func flag(_ name: String, or otherwise: Bool = false) -> Bool {
        guard let value = self[name], !value.isNull else { return otherwise }
        return value.isTruthy
    }

    func count(_ name: String) -> Int? { self[name].flatMap { Number($0)?.truncatedInt64 }.map { Int($0) } }

    func documents(_ name: String, in place: String) throws -> [BSONDocument] {
        try (array(name) ?? []).enumerated().map { index, value in
            try value.documentValue.orThrow(.wrongType("\(place).\(name).\(index)", value, expected: "object"))
        }
    }

    /// What `$$name` stands for: the values of the command's `let`, each of which may use those before it.
    func variables() throws -> Variables {
        var variables = Variables(now: Clock.wall)
        for (name, value) in document("let")?.elements ?? [] {
            try ExpressionParser.checkVariableName(name)
            variables.set(name, try variables.constantParser.parse(value).evaluate(variables))
        }
        return variables
    }
}

extension CommandError {
    static func wrongType(_ field: String, _ value: BSONValue, expected: String) -> CommandError {
        .typeMismatch("BSON field '\(field)' is the wrong type '\(value.typeName)', expected type '\(expected)'")
    }
}
