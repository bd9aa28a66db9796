import BSON

/// What a command says of its session and transaction.
struct SessionOptions {
    let id: SessionID?
    let transactionNumber: Int64?
    let startsTransaction: Bool
    let isInTransaction: Bool

    init(_ body: BSONDocument) throws {
        id = try body["lsid"].map { try Self.identifier($0) }
        transactionNumber = try Self.number(body)
        let autocommit = try Self.flag("autocommit", body)
        let start = try Self.flag("startTransaction", body)
        startsTransaction = start == true
        isInTransaction = autocommit == false
        if transactionNumber != nil, id == nil {
            throw CommandError(.invalidOptions, "Transaction number requires a session ID to also be specified")
        }
        if autocommit != nil, transactionNumber == nil {
            throw CommandError(.invalidOptions, "'autocommit' field requires a transaction number to also be specified")
        }
        if start != nil, autocommit == nil {
            throw CommandError(
                .invalidOptions, "'startTransaction' field requires 'autocommit' field to also be specified")
        }
        if autocommit == true {
            throw CommandError(.invalidOptions, "Specifying autocommit=true is not allowed.")
        }
        if start == false {
            throw CommandError(.invalidOptions, "Specifying startTransaction=false is not allowed.")
        }
        if let transactionNumber, transactionNumber < 0 {
            throw CommandError(.invalidOptions, "Transaction number cannot be negative")
        }
    }

    static func identifier(_ value: BSONValue) throws -> SessionID {
        guard case .document(let session) = value else {
            throw CommandError.wrongType("OperationSessionInfo.lsid", value, expected: "object")
        }
        guard let id = session["id"] else {
            throw CommandError(code: 40414, "BSON field 'OperationSessionInfo.lsid.id' is missing but a required field")
        }
        guard case .binary(let binary) = id else {
            throw CommandError.wrongType("OperationSessionInfo.lsid.id", id, expected: "binData")
        }
        guard binary.subtype == BSONBinary.uuid else {
            throw CommandError(
                .typeMismatch,
                "BSON field 'OperationSessionInfo.lsid.id' is the wrong binData type, expected type 'UUID'")
        }
        guard binary.bytes.count == 16 else {
            throw CommandError(.invalidUUID, "uuid must be a 16-byte binary field with UUID (4) subtype")
        }
        return SessionID(bytes: binary.bytes)
    }

    private static func number(_ body: BSONDocument) throws -> Int64? {
        guard let value = body["txnNumber"] else { return nil }
        guard case .int64(let number) = value else {
            throw CommandError.wrongType("OperationSessionInfo.txnNumber", value, expected: "long")
        }
        return number
    }

    private static func flag(_ name: String, _ body: BSONDocument) throws -> Bool? {
        guard let value = body[name] else { return nil }
        guard case .bool(let flag) = value else {
            throw CommandError.wrongType("OperationSessionInfo.\(name)", value, expected: "bool")
        }
        return flag
    }
}
