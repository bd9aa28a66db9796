import BSON
import Events
import Records

/// How an entry is stored. Written out at once, and for its hash and the database together.
extension LedgerEntry {
    /// What the hash covers: every field but the hash itself and the outbox, which is emptied later.
    var signedBytes: [UInt8] {
        var writer = BSONWriter(reserving: 1024)
        writer.document { writeSigned(to: &$0) }
        return writer.bytes
    }

    /// What is stored behind those fields.
    func writeUnsigned(telling events: [OutgoingEvent], to writer: inout BSONWriter) {
        writer.field("hash", .binary(BSONBinary(bytes: hash)))
        events.write(to: &writer)
    }

    /// As it is stored once its events are told.
    var document: BSONDocument {
        var writer = BSONWriter(reserving: 1024)
        writer.document { writer in
            writeSigned(to: &writer)
            writeUnsigned(telling: [], to: &writer)
        }
        do throws(BSONError) {
            return try BSONDocument(bytes: writer.bytes)
        } catch {
            preconditionFailure("an entry of the ledger is written as no document: \(error)")
        }
    }

    /// The order of the fields is part of the hash.
    private func writeSigned(to writer: inout BSONWriter) {
        writer.field("_id", id.objectID)
        writer.field("userId", userID.objectID)
        writer.field("seq", seq)
        writer.field("type", type.rawValue)
        writer.field("source", source.rawValue)
        writer.field("amount", amount.count)
        writer.field("balanceBefore", balanceBefore.count)
        writer.field("balanceAfter", balanceAfter.count)
        writer.field("multiplier", double: multiplier)
        writer.field("baseAmount", baseAmount.count)
        writer.field("counterAccount", account.rawValue)
        writer.field("idempotencyKey", key)
        if let requestKey { writer.field("requestKey", requestKey) }
        if let referenceID { writer.field("referenceId", referenceID) }
        if let referenceType { writer.field("referenceType", referenceType) }
        writer.field("description", description)
        writer.document("metadata") { writer in
            for field in fullMetadata { writer.append(field.key, field.value) }
        }
        writer.document("head") { head.write(to: &$0) }
        writer.field("debtBefore", debtBefore.count)
        writer.field("debtAfter", head.debt.count)
        writer.field("previousHash", .binary(BSONBinary(bytes: previousHash)))
        writer.field("createdAt", date: createdAt.milliseconds)
    }
}
