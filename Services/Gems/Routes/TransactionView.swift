import Domain
import JSON
import Ledger

/// A ledger entry as the API shows it.
struct TransactionView: JSONWritable {
    let entry: LedgerEntry

    init(_ entry: LedgerEntry) { self.entry = entry }

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("id", entry.id.hex)
            $0.field("seq", entry.seq)
            $0.field("type", entry.type.rawValue)
            $0.field("source", entry.source.rawValue)
            $0.field("amount", entry.amount.count)
            $0.field("balanceBefore", entry.balanceBefore.count)
            $0.field("balanceAfter", entry.balanceAfter.count)
            $0.field("multiplier", entry.multiplier)
            $0.field("baseAmount", entry.baseAmount.count)
            $0.field("referenceId", entry.referenceID)
            $0.field("referenceType", entry.referenceType)
            $0.field("description", entry.description)
            $0.field("createdAt", entry.createdAt.iso8601)
        }
    }

    static let schema = Schema.named(
        "GemTransaction",
        .object(
            .required("id", .objectID), .required("seq", .integer),
            .required("type", .enumeration(EntryType.allCases.map(\.rawValue))),
            .required("source", .enumeration(EntrySource.allCases.map(\.rawValue))), .required("amount", .integer),
            .required("balanceBefore", .integer), .required("balanceAfter", .integer), .required("multiplier", .number),
            .required("baseAmount", .integer), .required("referenceId", .nullable(.string)),
            .required("referenceType", .nullable(.string)), .required("description", .string),
            .required("createdAt", .dateTime)))
}

/// A good that somebody owns, as the API shows it.
struct EntitlementView: JSONWritable {
    let entitlement: Entitlement

    init(_ entitlement: Entitlement) { self.entitlement = entitlement }

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("id", entitlement.id.hex)
            $0.field("kind", entitlement.grant.kind)
            $0.field("productId", entitlement.grant.productID)
            $0.fieldIfPresent("expiresAt", entitlement.grant.expiresAt?.iso8601)
            $0.field("createdAt", entitlement.createdAt.iso8601)
        }
    }

    static let schema = Schema.named(
        "Entitlement",
        .object(
            .required("id", .objectID), .required("kind", .string), .required("productId", .string),
            .optional("expiresAt", .dateTime), .required("createdAt", .dateTime)))
}
