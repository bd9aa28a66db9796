package import Domain
package import Events

extension LedgerEntry {
    /// What the entry tells the other services; the ids follow from the entry's, so a second publication is recognised.
    package var events: [OutgoingEvent] {
        var events = [amount > 0 ? earned : spent]
        if let grant {
            events.append(
                OutgoingEvent(
                    EntitlementGranted(
                        entitlementID: entitlementID, userID: userID, kind: grant.kind, productID: grant.productID,
                        expiresAt: grant.expiresAt, at: createdAt),
                    at: createdAt, id: eventID("grant")))
        }
        return events
    }

    /// The entitlement that the entry grants.
    package var entitlementID: EntitlementID { EntitlementID(.deriving(["entitlement", id.hex])) }

    private var earned: OutgoingEvent {
        OutgoingEvent(
            GemsEarned(
                transactionID: id, userID: userID, seq: seq, source: source.rawValue, amount: amount,
                balance: balanceAfter, multiplier: multiplier, referenceID: referenceID, description: description,
                at: createdAt),
            at: createdAt, id: eventID("gems"))
    }

    private var spent: OutgoingEvent {
        OutgoingEvent(
            GemsSpent(
                transactionID: id, userID: userID, seq: seq, source: source.rawValue, amount: amount,
                balance: balanceAfter, referenceID: referenceID, description: description, at: createdAt),
            at: createdAt, id: eventID("gems"))
    }

    private func eventID(_ name: String) -> EventID { EventID(.deriving([name, id.hex])) }
}
