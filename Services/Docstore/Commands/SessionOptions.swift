import BSON

struct SessionID: Hashable, Sendable {
    let bytes: [UInt8]

    init(_ session: BSONDocument) throws {
        let id = try session["id"].orThrow(Options.missing("id", in: "lsid"))
        guard case .binary(let binary) = id, binary.subtype == BSONBinary.uuid else {
            throw CommandError.wrongType("lsid.id", id, expected: "UUID")
        }
        try require(binary.bytes.count == 16, .invalidUUID, "uuid must be a binary field of 16 bytes")
        bytes = binary.bytes
    }

    func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }
}

struct SessionOptions {
    let id: SessionID?
    let transactionNumber: Int64?
    let startsTransaction: Bool
    let isInTransaction: Bool
    var transaction: Int64? { isInTransaction ? transactionNumber : nil }

    init(_ body: BSONDocument) throws {
        id = try body.document("lsid").map { try SessionID($0) }
        transactionNumber = body.int64("txnNumber")
        let autocommit = body.bool("autocommit")
        let start = body.bool("startTransaction")
        startsTransaction = start == true
        isInTransaction = autocommit == false
        func demand(_ holds: Bool, _ message: String) throws { try require(holds, .invalidOptions, message) }
        try demand(id != nil || transactionNumber == nil, "Transaction number requires a session ID")
        try demand(transactionNumber != nil || autocommit == nil, "'autocommit' requires a transaction number")
        try demand(autocommit != nil || start == nil, "'startTransaction' requires 'autocommit'")
        try demand(autocommit != true, "Specifying autocommit=true is not allowed.")
        try demand(start != false, "Specifying startTransaction=false is not allowed.")
        try demand(transactionNumber ?? 0 >= 0, "Transaction number cannot be negative")
    }
}
