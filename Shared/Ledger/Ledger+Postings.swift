package import Domain

extension Ledger {
    /// The key of a good that is owned once.
    package static func ownershipKey(_ productID: String) -> String { "own:\(productID):0" }

    /// Credits a bonus, once for its key.
    @discardableResult
    package func award(
        _ base: Gems, multiplier: Double = 1, to user: UserID, source: EntrySource, key: String,
        account: SystemAccount = .promotions, requestKey: String? = nil,
        reference: (type: String, id: String)? = nil, description: String = ""
    ) async throws(LedgerError) -> Outcome {
        let (type, id) = (reference?.type, reference?.id)
        return try await post(to: user, key: key) { _, _ throws(LedgerError) in
            var posting = Posting(
                .earn(base: base, multiplier: multiplier), source: source, account: account, key: key,
                requestKey: requestKey, description: description)
            posting.referenceType = type
            posting.referenceID = id
            return posting
        }
    }

    /// Takes the price of a good and grants it, in one entry.
    ///
    /// - Parameters:
    ///   - key: `ownershipKey` for a good owned once, otherwise one of the request's own.
    ///   - grant: called with the head and the entry's time, for grants that extend an earlier one.
    /// - Throws: `refused(insufficientGems)`.
    package func purchase(
        _ price: Gems, by user: UserID, source: EntrySource, key: String, requestKey: String, productID: String,
        productVersion: Int, description: String, grant: @escaping @Sendable (LedgerHead, Instant) -> Grant?
    ) async throws(LedgerError) -> Outcome {
        try await post(to: user, key: key) { head, now throws(LedgerError) in
            Posting(
                .spend(price), source: source, account: .burn, key: key, requestKey: requestKey,
                reference: ("product", productID), description: description, grant: grant(head, now),
                metadata: ["productVersion": .int32(Int32(productVersion))])
        }
    }
}
