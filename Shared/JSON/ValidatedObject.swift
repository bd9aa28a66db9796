/// An object that fits its schema, read field by field.
///
/// The accessors throw `Mismatch` only where the code asks for what the schema does not promise: a bug of ours, which
/// becomes a 500 and never a trap.
package struct ValidatedObject: Sendable {
    package struct Mismatch: Error, Equatable, CustomStringConvertible {
        package let field: String
        package let wanted: String

        package init(field: String, wanted: String) {
            self.field = field
            self.wanted = wanted
        }

        package var description: String { "the schema does not promise that \(field) is \(wanted)" }
    }

    package let object: JSONObject

    /// - Throws: every violation of `schema`.
    package init(_ value: JSONValue, as schema: ObjectSchema) throws(ValidationFailure) {
        let errors = schema.validate(value)
        guard errors.isEmpty, case .object(let object) = value else { throw ValidationFailure(errors) }
        self.object = object
    }

    private init(_ object: JSONObject) { self.object = object }

    package subscript(_ name: String) -> JSONValue? { object[name] }

    /// Whether the client sent the field at all, null included: a PATCH changes only what it names.
    package func contains(_ name: String) -> Bool { object[name] != nil }

    // MARK: Required

    package func string(_ name: String) throws(Mismatch) -> String { try require(name, "a string", { $0.string }) }
    package func int(_ name: String) throws(Mismatch) -> Int { try require(name, "an integer", { $0.int }) }
    package func int64(_ name: String) throws(Mismatch) -> Int64 { try require(name, "an integer", { $0.int64 }) }
    package func double(_ name: String) throws(Mismatch) -> Double { try require(name, "a number", { $0.double }) }
    package func bool(_ name: String) throws(Mismatch) -> Bool { try require(name, "a boolean", { $0.bool }) }
    package func array(_ name: String) throws(Mismatch) -> [JSONValue] { try require(name, "an array", { $0.array }) }

    package func strings(_ name: String) throws(Mismatch) -> [String] {
        try array(name).map { value throws(Mismatch) in
            guard let string = value.string else { throw Mismatch(field: name, wanted: "an array of strings") }
            return string
        }
    }

    package func object(_ name: String) throws(Mismatch) -> ValidatedObject {
        ValidatedObject(try require(name, "an object", { $0.object }))
    }

    package func objects(_ name: String) throws(Mismatch) -> [ValidatedObject] {
        try array(name).map { value throws(Mismatch) in
            guard let object = value.object else { throw Mismatch(field: name, wanted: "an array of objects") }
            return ValidatedObject(object)
        }
    }

    // MARK: Optional: nil when absent or null

    package func optionalString(_ name: String) -> String? { object[name]?.string }
    package func optionalInt(_ name: String) -> Int? { object[name]?.int }
    package func optionalInt64(_ name: String) -> Int64? { object[name]?.int64 }
    package func optionalDouble(_ name: String) -> Double? { object[name]?.double }
    package func optionalBool(_ name: String) -> Bool? { object[name]?.bool }
    package func optionalStrings(_ name: String) -> [String]? { object[name]?.array?.compactMap(\.string) }
    package func optionalObject(_ name: String) -> ValidatedObject? { object[name]?.object.map(ValidatedObject.init) }

    private func require<Value>(
        _ name: String, _ wanted: String, _ read: (JSONValue) -> Value?
    ) throws(Mismatch) -> Value {
        guard let value = object[name].flatMap(read) else { throw Mismatch(field: name, wanted: wanted) }
        return value
    }
}
