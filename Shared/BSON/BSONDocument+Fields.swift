// Typed fields. The plain getters answer nil for a field that is missing, null or of another type; the `require…` ones
// say which of it, for records whose validator promises the field.
extension BSONDocument {
    package func string(_ key: String) -> String? { self[key]?.stringValue }
    package func int64(_ key: String) -> Int64? { self[key]?.int64Value }
    package func int32(_ key: String) -> Int32? { self[key]?.int32Value }
    package func int(_ key: String) -> Int? { self[key]?.intValue }
    package func double(_ key: String) -> Double? { self[key]?.doubleValue }
    package func bool(_ key: String) -> Bool? { self[key]?.boolValue }
    /// Milliseconds since 1970.
    package func date(_ key: String) -> Int64? { self[key]?.dateValue }
    package func objectID(_ key: String) -> ObjectID? { self[key]?.objectIDValue }
    package func document(_ key: String) -> BSONDocument? { self[key]?.documentValue }
    package func array(_ key: String) -> [BSONValue]? { self[key]?.arrayValue }
    package func binary(_ key: String) -> BSONBinary? { self[key]?.binaryValue }
    package func bytes(_ key: String) -> [UInt8]? { self[key]?.binaryValue?.bytes }
    /// The strings of an array; other members are left out.
    package func strings(_ key: String) -> [String]? { self[key]?.arrayValue?.compactMap(\.stringValue) }

    package func requireString(_ key: String) throws(BSONError) -> String {
        try require(key, "string") { $0.stringValue }
    }

    package func requireInt64(_ key: String) throws(BSONError) -> Int64 { try require(key, "long") { $0.int64Value } }
    package func requireInt32(_ key: String) throws(BSONError) -> Int32 { try require(key, "int") { $0.int32Value } }
    package func requireInt(_ key: String) throws(BSONError) -> Int { try require(key, "long") { $0.intValue } }
    package func requireDouble(_ key: String) throws(BSONError) -> Double {
        try require(key, "double") { $0.doubleValue }
    }
    package func requireBool(_ key: String) throws(BSONError) -> Bool { try require(key, "bool") { $0.boolValue } }
    package func requireDate(_ key: String) throws(BSONError) -> Int64 { try require(key, "date") { $0.dateValue } }

    package func requireObjectID(_ key: String) throws(BSONError) -> ObjectID {
        try require(key, "objectId") { $0.objectIDValue }
    }

    package func requireDocument(_ key: String) throws(BSONError) -> BSONDocument {
        try require(key, "object") { $0.documentValue }
    }

    package func requireArray(_ key: String) throws(BSONError) -> [BSONValue] {
        try require(key, "array") { $0.arrayValue }
    }

    package func requireBytes(_ key: String) throws(BSONError) -> [UInt8] {
        try require(key, "binData") { $0.binaryValue?.bytes }
    }

    /// A string that names a case of `Choice`.
    package func requireCase<Choice: RawRepresentable<String>>(
        _ key: String, of _: Choice.Type = Choice.self
    ) throws(BSONError) -> Choice {
        let raw = try requireString(key)
        guard let choice = Choice(rawValue: raw) else { throw .unexpected(key, value: raw) }
        return choice
    }

    private func require<Value>(
        _ key: String, _ expected: String, _ read: (BSONValue) -> Value?
    ) throws(BSONError) -> Value {
        guard let found = self[key] else { throw .missing(key) }
        guard let value = read(found) else { throw .wrongType(key, expected: expected, found: found.type) }
        return value
    }
}
