import BSON
import Domain
import JSON
import Ledger

/// What a purchase or a redemption made.
struct Purchase: Sendable, JSONWritable {
    let id: ObjectID
    let productID: String
    let entry: LedgerEntry
    /// Of a gift card that the buyer gives away by hand.
    var code: String?

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("id", id.hex)
            $0.field("productId", productID)
            $0.field("transaction", TransactionView(entry))
            $0.field("entitlement", Entitlement(entry).map(EntitlementView.init))
            $0.fieldIfPresent("code", code)
        }
    }

    static let schema = Schema.named(
        "Purchase",
        .object(
            .required("id", .objectID), .required("productId", .string),
            .required("transaction", TransactionView.schema),
            .required("entitlement", .nullable(EntitlementView.schema)), .optional("code", .string)))
}
