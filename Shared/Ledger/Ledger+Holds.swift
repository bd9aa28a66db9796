package import Domain

extension Ledger {
    /// How a hold ended.
    package enum Closing: Equatable, Sendable {
        case captured, voided
    }

    /// Sets gems aside for something that is not done yet; the balance falls at once.
    ///
    /// - Parameter hold: names the hold within the person's entries, such as a generation's id.
    /// - Throws: `refused(insufficientGems)`.
    @discardableResult
    package func hold(
        _ amount: Gems, of user: UserID, as hold: String, source: EntrySource = .generation, requestKey: String? = nil,
        reference: (type: String, id: String)? = nil, description: String = ""
    ) async throws(LedgerError) -> Outcome {
        let key = Self.holdKey(hold)
        let (type, id) = (reference?.type, reference?.id)
        return try await post(to: user, key: key) { _, _ throws(LedgerError) in
            var posting = Posting(
                .openHold(amount), source: source, account: .escrow, key: key, requestKey: requestKey,
                description: description)
            posting.referenceType = type
            posting.referenceID = id
            return posting
        }
    }

    /// Ends a hold: what it was for happened. The gems are gone for good.
    ///
    /// Capture and void share a key, so the first of them decides, whoever else tries.
    /// - Returns: how the hold ended, which may be otherwise than asked.
    /// - Throws: `refused(nothingToClose)` when there is no such hold.
    @discardableResult
    package func capture(_ hold: String, of user: UserID, description: String = "") async throws(LedgerError) -> Closing
    {
        try await close(hold, of: user, as: .captured, description: description)
    }

    /// Ends a hold: what it was for will not happen. The gems return.
    @discardableResult
    package func void(_ hold: String, of user: UserID, description: String = "") async throws(LedgerError) -> Closing {
        try await close(hold, of: user, as: .voided, description: description)
    }

    /// How a hold stands: nil while it is open or was never made.
    package func closing(of hold: String, for user: UserID) async throws(LedgerError) -> Closing? {
        try await entry(of: user, key: Self.closeKey(hold)).map(Self.closing)
    }

    private func close(
        _ hold: String, of user: UserID, as closing: Closing, description: String
    ) async throws(LedgerError) -> Closing {
        let key = Self.closeKey(hold)
        let outcome = try await post(to: user, key: key) { _, _ throws(LedgerError) in
            guard let opened = try await self.entry(of: user, key: Self.holdKey(hold)) else {
                throw .refused(.nothingToClose)
            }
            let amount = opened.heldAmount
            var posting = Posting(
                closing == .captured ? .captureHold(amount) : .voidHold(amount),
                source: closing == .captured ? .holdCapture : .holdVoid, account: .escrow, key: key,
                description: description)
            posting.referenceType = opened.referenceType
            posting.referenceID = opened.referenceID
            return posting
        }
        return Self.closing(outcome.entry)
    }

    private static func closing(_ entry: LedgerEntry) -> Closing { entry.source == .holdCapture ? .captured : .voided }

    static func holdKey(_ hold: String) -> String { "hold:\(hold)" }
    static func closeKey(_ hold: String) -> String { "close:\(hold)" }
}
