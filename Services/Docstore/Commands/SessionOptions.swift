import BSON

/// A logical session's id.
struct SessionID: Hashable, Sendable {
    let bytes: [UInt8]

    func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }
}

/// What a command says of its session and transaction.
struct SessionOptions {
    let id: SessionID?
    let transactionNumber: Int64?
    let startsTransaction: Bool
    let isInTransaction: Bool

    init(_ body: BSONDocument) throws {
        id = try body["lsid"].map { try Self.identifier($0) }
        transactionNumber = try body["txnNumber"].map { value in
            guard case .int64(let number) = value else { throw Self.wrongType("txnNumber", value, "long") }
            return number
        }
        let autocommit = try Self.flag("autocommit", body)
        let start = try Self.flag("startTransaction", body)
        startsTransaction = start == true
        isInTransaction = autocommit == false
        let faults = [
            (transactionNumber != nil && id == nil, "Transaction number requires a session ID to also be specified"),
            (
                autocommit != nil && transactionNumber == nil,
                "'autocommit' field requires a transaction number to also be specified"
            ),
            (start != nil && autocommit == nil, "'startTransaction' field requires 'autocommit' to also be specified"),
            (autocommit == true, "Specifying autocommit=true is not allowed."),
            (start == false, "Specifying startTransaction=false is not allowed."),
            (transactionNumber ?? 0 < 0, "Transaction number cannot be negative"),
        ]
        if let fault = faults.first(where: \.0) { throw CommandError(.invalidOptions, fault.1) }
    }

    static func identifier(_ value: BSONValue) throws -> SessionID {
        guard case .document(let session) = value else { throw wrongType("lsid", value, "object") }
        guard let id = session["id"] else { throw Options.missing("id", in: "OperationSessionInfo.lsid") }
        guard case .binary(let binary) = id else { throw wrongType("lsid.id", id, "binData") }
        guard binary.subtype == BSONBinary.uuid else { throw wrongType("lsid.id", id, "UUID") }
        guard binary.bytes.count == 16 else {
            throw CommandError(.invalidUUID, "uuid must be a 16-byte binary field with UUID (4) subtype")
        }
        return SessionID(bytes: binary.bytes)
    }

    private static func flag(_ name: String, _ body: BSONDocument) throws -> Bool? {
        guard let value = body[name] else { return nil }
        guard case .bool(let flag) = value else { throw wrongType(name, value, "bool") }
        return flag
    }

    private static func wrongType(_ name: String, _ value: BSONValue, _ expected: String) -> CommandError {
        .wrongType("OperationSessionInfo.\(name)", value, expected: expected)
    }
}

extension BSONValue {
    /// A new one of version 4.
    static var randomUUID: BSONValue {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        return .binary(BSONBinary(subtype: BSONBinary.uuid, bytes: bytes))
    }
}
