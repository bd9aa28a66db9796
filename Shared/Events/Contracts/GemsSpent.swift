package import Domain

/// An entry of the ledger took gems: a purchase, a hold, a claw-back.
package struct GemsSpent: Event, Codable, Equatable {
    package static let topic = Topic.gems

    package var transactionID: TransactionID
    package var userID: UserID
    /// The entry's number: orders balances, the newest holds.
    package var seq: Int64
    package var source: String
    /// Negative, or 0 for the capture of a hold.
    package var amount: Gems
    /// After the entry.
    package var balance: Gems
    package var referenceID: String?
    package var description: String
    package var at: Instant

    package var subject: UserID { userID }

    package init(
        transactionID: TransactionID, userID: UserID, seq: Int64, source: String, amount: Gems, balance: Gems,
        referenceID: String? = nil, description: String = "", at: Instant
    ) {
        self.transactionID = transactionID
        self.userID = userID
        self.seq = seq
        self.source = source
        self.amount = amount
        self.balance = balance
        self.referenceID = referenceID
        self.description = description
        self.at = at
    }
}
