import BSON

/// The arguments that a command, or a statement of one, takes: their names and types, and MongoDB's answers to what does
/// not fit. What passed can be read without further ado.
struct Options: Sendable, ExpressibleByDictionaryLiteral {
    /// A type, spelt as error messages do.
    enum Kind: String, Sendable {
        case document = "object"
        case array, bool, string, long
        /// A number that is not negative.
        case count
        case any
        /// What drivers know and docstore lacks: refused where it is really asked for.
        case lacking
    }

    struct Option: Sendable {
        let kind: Kind
        var isRequired = false

        static let document = Option(kind: .document)
        static let array = Option(kind: .array)
        static let bool = Option(kind: .bool)
        static let string = Option(kind: .string)
        static let long = Option(kind: .long)
        static let count = Option(kind: .count)
        static let any = Option(kind: .any)
        static let lacking = Option(kind: .lacking)

        var required: Option { Option(kind: kind, isRequired: true) }
    }

    private var known: [String: Option]
    private let required: [String]

    init(dictionaryLiteral options: (String, Option)...) {
        known = Dictionary(uniqueKeysWithValues: options)
        required = options.filter(\.1.isRequired).map(\.0)
    }

    /// What every command takes.
    static let generic: Options = [
        "$db": .any, "lsid": .any, "txnNumber": .any, "autocommit": .any, "startTransaction": .any, "stmtId": .any,
        "stmtIds": .any, "$clusterTime": .any, "$readPreference": .any, "readConcern": .any, "writeConcern": .any,
        "maxTimeMS": .any, "maxTimeMSOpOnly": .any, "comment": .any, "apiVersion": .any, "apiStrict": .any,
        "apiDeprecationErrors": .any, "$audit": .any, "$client": .any, "$configServerState": .any,
        "databaseVersion": .any, "shardVersion": .any, "help": .any,
    ]

    func joined(by others: Options) -> Options {
        var joined = self
        joined.known.merge(others.known) { mine, _ in mine }
        return joined
    }

    /// - Parameter isCommand: whether the first field is the command's name.
    /// - Parameter sequences: names of arguments that came as sequences of documents.
    /// - Throws: 40415 for a name that is not known, 14 for a wrong type, 40414 for what is missing.
    func check(
        _ body: BSONDocument, in place: String, isCommand: Bool = false, sequences: [String] = []
    ) throws {
        for (name, value) in body.elements.dropFirst(isCommand ? 1 : 0) {
            guard let option = known[name] else { throw Self.unknown(name, in: place) }
            if !value.isNull { try option.check(value, name, in: place) }
        }
        for name in sequences where known[name]?.kind != .array { throw Self.unknown(name, in: place) }
        for name in required where body[name] == nil && !sequences.contains(name) {
            throw Self.missing(name, in: place)
        }
    }

    static func unknown(_ name: String, in place: String) -> CommandError {
        CommandError(code: 40415, "BSON field '\(place).\(name)' is an unknown field.")
    }

    static func missing(_ name: String, in place: String) -> CommandError {
        CommandError(code: 40414, "BSON field '\(place).\(name)' is missing but a required field")
    }
}

extension Options.Option {
    fileprivate func check(_ value: BSONValue, _ name: String, in place: String) throws {
        switch kind {
        case .any: return
        case .document: if case .document = value { return }
        case .array: if case .array = value { return }
        case .string: if case .string = value { return }
        case .long: if Number(value) != nil { return }
        case .bool:
            if case .bool = value { return }
            if Number(value) != nil { return }
        case .count:
            if let count = Number(value)?.truncatedInt64 {
                if count >= 0 { return }
                throw CommandError(.badValue, "\(name) value must be non-negative, but received: \(count)")
            }
            throw CommandError.wrongType("\(place).\(name)", value, expected: "long")
        case .lacking:
            if !value.isTruthy || (name == "collation" && value.documentValue?.string("locale") == "simple") { return }
            throw Options.unknown(name, in: place)
        }
        throw CommandError.wrongType("\(place).\(name)", value, expected: kind.rawValue)
    }
}

extension BSONDocument {
    /// A flag that passed the check.
    func flag(_ name: String, or otherwise: Bool = false) -> Bool {
        self[name].map { $0.isNull ? otherwise : $0.isTruthy } ?? otherwise
    }

    /// A count that passed the check.
    func count(_ name: String) -> Int? { self[name].flatMap { Number($0)?.truncatedInt64 }.map { Int($0) } }

    /// An array of documents.
    func documents(_ name: String, in place: String) throws -> [BSONDocument] {
        try (array(name) ?? []).enumerated().map { index, value in
            guard case .document(let document) = value else {
                throw CommandError.wrongType("\(place).\(name).\(index)", value, expected: "object")
            }
            return document
        }
    }

    var hint: BSONValue? { self["hint"].flatMap { $0.documentValue?.isEmpty == true ? nil : $0 } }

    /// What `$$name` stands for: the command's `let`.
    var variables: Variables { Variables(document("let") ?? [:], now: Clock.wall) }
}

extension CommandError {
    static func wrongType(_ field: String, _ value: BSONValue, expected: String) -> CommandError {
        CommandError(
            .typeMismatch, "BSON field '\(field)' is the wrong type '\(value.type.name)', expected type '\(expected)'")
    }
}
