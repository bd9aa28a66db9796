import BSON

/// Typed reading of a command's arguments, with MongoDB's answers to what does not fit.
struct CommandArguments {
    let command: String
    let body: BSONDocument

    init(_ request: CommandRequest) {
        command = request.name
        body = request.body
    }

    func document(_ field: String) throws -> BSONDocument? {
        guard let value = present(field) else { return nil }
        guard case .document(let document) = value else { throw wrongType(field, value, "object") }
        return document
    }

    func array(_ field: String) throws -> [BSONValue]? {
        guard let value = present(field) else { return nil }
        guard case .array(let values) = value else { throw wrongType(field, value, "array") }
        return values
    }

    func documents(_ field: String) throws -> [BSONDocument] {
        try (array(field) ?? []).enumerated().map { index, value in
            guard case .document(let document) = value else { throw wrongType("\(field).\(index)", value, "object") }
            return document
        }
    }

    func bool(_ field: String) throws -> Bool {
        guard let value = present(field) else { return false }
        if Number(value) != nil { return value.isTruthy }
        guard case .bool(let flag) = value else { throw wrongType(field, value, "bool") }
        return flag
    }

    /// A count: not negative.
    func count(_ field: String, called name: String) throws -> Int? {
        guard let value = present(field) else { return nil }
        guard let number = Number(value), let count = number.truncatedInt64 else {
            throw wrongType(field, value, "long")
        }
        guard count >= 0 else {
            throw CommandError(.badValue, "\(name) value must be non-negative, but received: \(count)")
        }
        return Int(count)
    }

    /// - Throws: 40415 where an option that is known to drivers but not implemented is really used.
    func refuse(_ fields: [String]) throws {
        for field in fields {
            guard let value = body[field], value.isTruthy else { continue }
            if field == "collation", value.documentValue?.string("locale") == "simple" { continue }
            throw CommandError(
                code: 40415, "BSON field '\(command).\(field)' is an unknown field: not implemented here.")
        }
    }

    private func present(_ field: String) -> BSONValue? {
        guard let value = body[field], !value.isNull else { return nil }
        return value
    }

    private func wrongType(_ field: String, _ value: BSONValue, _ expected: String) -> CommandError {
        .wrongType("\(command).\(field)", value, expected: expected)
    }
}
