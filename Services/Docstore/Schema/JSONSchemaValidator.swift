import BSON

/// `$jsonSchema`: MongoDB's dialect of JSON Schema draft 4.
struct JSONSchemaValidator: Condition {
    let matchOrder = (rank: 41, path: "")
    private let root: Schema

    init(_ schema: BSONDocument) throws { root = try Schema(schema, isRoot: true) }

    func matches(_ document: BSONDocument, _ position: inout Int?) throws -> Bool {
        try root.accepts(.document(document))
    }

    func explanation(for document: BSONDocument) throws -> BSONDocument? {
        switch try root.failures(of: .document(document)) {
        case .array(let rules)?: ["operatorName": "$jsonSchema", "schemaRulesNotSatisfied": .array(rules)]
        case let whole?: whole.documentValue
        case nil: nil
        }
    }
}

/// The rules of one level of a schema; each speaks about the kinds of values that it is for.
struct Schema: Sendable {
    private var rules: [SchemaRule] = []
    /// What `errInfo` says of every document: a schema at the root whose type is not that of documents.
    private var impossibility: BSONValue?

    /// - Parameter isRoot: whether the schema speaks about whole documents.
    init(_ schema: BSONDocument, isRoot: Bool) throws {
        for name in schema.keys where !SchemaKeyword.all.contains(where: { $0.name == name }) {
            throw CommandError.failedToParse("$jsonSchema keyword '\(name)' is unknown or not currently supported")
        }
        func clause(_ name: String, _ argument: BSONValue) -> SchemaClause {
            SchemaClause(name: name, argument: argument, siblings: schema, isRoot: isRoot)
        }
        let types = try clause("bsonType", .null).types()
        for keyword in SchemaKeyword.all {
            guard let argument = schema[keyword.name], let rule = try keyword.parse(clause(keyword.name, argument))
            else { continue }
            // As in MongoDB, keywords about types that the schema's one type excludes say nothing.
            let isSingle = types?.count == 1 || types == .numbers
            if isSingle, let types, keyword.types?.isDisjoint(with: types) == true { continue }
            rules.append(rule)
        }
        if isRoot, let types, !types.contains(.document) {
            impossibility = .document(clause("$jsonSchema", .document(schema)).impossible)
        }
    }

    func accepts(_ value: BSONValue) throws -> Bool {
        for rule in rules where try rule(value) != nil { return false }
        return true
    }

    func failures(of value: BSONValue) throws -> BSONValue? {
        if let impossibility { return impossibility }
        let failures = try rules.compactMap { try $0(value).map(BSONValue.document) }
        return failures.isEmpty ? nil : .array(failures)
    }
}
