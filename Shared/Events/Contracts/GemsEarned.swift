package import Domain
package import JSON

/// An entry of the ledger gave gems: earned, refunded, or granted.
package struct GemsEarned: Event, Codable, Equatable {
    package static let type = "GemsEarned"
    package static let topic = Topic.gems

    package var transactionID: TransactionID
    package var userID: UserID
    /// The entry's number: orders balances, the newest holds.
    package var seq: Int64
    package var source: String
    /// Positive.
    package var amount: Gems
    /// After the entry.
    package var balance: Gems
    package var multiplier: Double
    package var referenceID: String?
    package var description: String
    package var at: Instant

    package var subject: UserID { userID }

    package init(
        transactionID: TransactionID, userID: UserID, seq: Int64, source: String, amount: Gems, balance: Gems,
        multiplier: Double = 1, referenceID: String? = nil, description: String = "", at: Instant
    ) {
        self.transactionID = transactionID
        self.userID = userID
        self.seq = seq
        self.source = source
        self.amount = amount
        self.balance = balance
        self.multiplier = multiplier
        self.referenceID = referenceID
        self.description = description
        self.at = at
    }

    package func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("transactionID", transactionID.hex)
            $0.field("userID", userID.hex)
            $0.field("seq", seq)
            $0.field("source", source)
            $0.field("amount", amount.count)
            $0.field("balance", balance.count)
            $0.field("multiplier", multiplier)
            $0.fieldIfPresent("referenceID", referenceID)
            $0.field("description", description)
            $0.field("at", at.milliseconds)
        }
    }
}
