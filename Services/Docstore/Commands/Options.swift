import BSON

/// The arguments that a command, or a statement of one, takes: their names and types, and MongoDB's answers to what does
/// not fit. What passed can be read without further ado.
struct Options: Sendable, ExpressibleByArrayLiteral {
    /// A type, spelt as error messages do.
    fileprivate enum Kind: String {
        case document = "object"
        case array, bool, string, long
        /// A number that is not negative.
        case count
        case any
        /// What drivers know and docstore lacks: refused where it is really asked for.
        case lacking
    }

    struct Group: Sendable {
        fileprivate let kind: Kind
        fileprivate let names: [String]
        fileprivate var isRequired = false

        static func document(_ names: String...) -> Group { Group(kind: .document, names: names) }
        static func array(_ names: String...) -> Group { Group(kind: .array, names: names) }
        static func bool(_ names: String...) -> Group { Group(kind: .bool, names: names) }
        static func string(_ names: String...) -> Group { Group(kind: .string, names: names) }
        static func long(_ names: String...) -> Group { Group(kind: .long, names: names) }
        static func count(_ names: String...) -> Group { Group(kind: .count, names: names) }
        static func any(_ names: String...) -> Group { Group(kind: .any, names: names) }
        static func lacking(_ names: String...) -> Group { Group(kind: .lacking, names: names) }

        var required: Group { Group(kind: kind, names: names, isRequired: true) }
    }

    private var known: [String: Kind] = [:]
    private let required: [String]

    init(arrayLiteral groups: Group...) {
        for group in groups { for name in group.names { known[name] = group.kind } }
        required = groups.filter(\.isRequired).flatMap(\.names)
    }

    /// What every command takes.
    static let generic: Options = [
        .any(
            "$db", "lsid", "txnNumber", "autocommit", "startTransaction", "stmtId", "stmtIds", "$clusterTime",
            "$readPreference", "readConcern", "writeConcern", "maxTimeMS", "maxTimeMSOpOnly", "comment", "apiVersion",
            "apiStrict", "apiDeprecationErrors", "$audit", "$client", "$configServerState", "databaseVersion",
            "shardVersion", "help")
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
            guard let kind = known[name] else { throw Self.unknown(name, in: place) }
            if !value.isNull { try Self.check(value, kind, name, in: place) }
        }
        for name in sequences where known[name] != .array { throw Self.unknown(name, in: place) }
        for name in required where body[name] == nil && !sequences.contains(name) {
            throw Self.missing(name, in: place)
        }
    }

    private static func check(_ value: BSONValue, _ kind: Kind, _ name: String, in place: String) throws {
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
            throw unknown(name, in: place)
        }
        throw CommandError.wrongType("\(place).\(name)", value, expected: kind.rawValue)
    }

    static func unknown(_ name: String, in place: String) -> CommandError {
        CommandError(code: 40415, "BSON field '\(place).\(name)' is an unknown field.")
    }

    static func missing(_ name: String, in place: String) -> CommandError {
        CommandError(code: 40414, "BSON field '\(place).\(name)' is missing but a required field")
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
