package import BSON
package import Domain

/// An entry to be made: what it does, before it is known after which entry it stands.
package struct Posting: Equatable, Sendable {
    /// How the balance moves.
    package enum Movement: Equatable, Sendable {
        /// Adds base × multiplier, after debts.
        case earn(base: Gems, multiplier: Double)
        /// Adds a paid vote gem: the k-th.
        case payVoteGem(Int64, multiplier: Double)
        /// Takes as much as there is; the rest becomes debt.
        case takeBackVoteGem(Int64, multiplier: Double)
        /// Takes all of it or nothing.
        case spend(Gems)
        case openHold(Gems)
        case captureHold(Gems)
        case voidHold(Gems)
        /// Gives back what a spend to escrow took.
        case refund(Gems)
        /// An operator's correction, either way, never below zero.
        case adjust(Gems)
    }

    package var movement: Movement
    package var source: EntrySource
    package var account: SystemAccount
    /// Unique within the person's entries: what makes a second one impossible.
    package var key: String
    /// Of the request that makes the entry, so that its retry is told from another request.
    package var requestKey: String?
    package var referenceID: String?
    package var referenceType: String?
    package var description: String
    package var grant: Grant?
    package var metadata: BSONDocument?

    package init(
        _ movement: Movement, source: EntrySource, account: SystemAccount, key: String, requestKey: String? = nil,
        reference: (type: String, id: String)? = nil, description: String = "", grant: Grant? = nil,
        metadata: BSONDocument? = nil
    ) {
        self.movement = movement
        self.source = source
        self.account = account
        self.key = key
        self.requestKey = requestKey
        referenceID = reference?.id
        referenceType = reference?.type
        self.description = description
        self.grant = grant
        self.metadata = metadata
    }

    var type: EntryType {
        switch movement {
        case .earn, .payVoteGem: .earn
        case .takeBackVoteGem, .adjust: .adminAdjust
        case .spend, .openHold, .captureHold: .spend
        case .voidHold, .refund: .refund
        }
    }
}

/// Why a posting cannot stand after the head at hand.
package enum LedgerRefusal: Error, Equatable, Sendable {
    case insufficientGems(balance: Gems, wanted: Gems)
    /// Nothing of this name to close, or it is closed already.
    case nothingToClose
    /// The caller's own condition does not hold; nothing was made.
    case declined(String)
}

extension LedgerHead {
    /// The state after a posting, and how the balance moves. A pure function: verification runs it again.
    package func applying(_ posting: Posting, at now: Instant) throws(LedgerRefusal) -> LedgerHead {
        var next = self
        next.seq += 1
        next.createdAt = nextTime(clock: now)
        switch posting.movement {
        case .earn(let base, let multiplier):
            // A gift is no new gem: it takes nothing of the receiver's day.
            next.credit(base.multiplied(by: multiplier), isEmission: posting.account != .escrow)
        case .payVoteGem(let gem, let multiplier):
            next.credit(Gems(1).multiplied(by: multiplier), isEmission: true)
            next.paidGems = gem
            next.peakGem = max(peakGem, gem)
        case .takeBackVoteGem(let gem, let multiplier):
            next.takeBack(Gems(1).multiplied(by: multiplier))
            next.paidGems = gem - 1
        case .spend(let price):
            try next.take(price)
            next.spent = spent + price
        case .openHold(let amount):
            try next.take(amount)
            next.held = held + amount
        case .captureHold(let amount):
            guard held >= amount else { throw .nothingToClose }
            next.held = held - amount
            next.spent = spent + amount
        case .voidHold(let amount):
            guard held >= amount else { throw .nothingToClose }
            next.held = held - amount
            next.balance = balance + amount
        case .refund(let amount):
            next.balance = balance + amount
            next.spent = max(0, spent - amount)
        case .adjust(let amount):
            if amount < 0 { try next.take(-amount) } else { next.balance = balance + amount }
        }
        if let expiry = posting.grant?.expiresAt, posting.source == .adFreePass { next.adFreeUntil = expiry }
        return next
    }

    private mutating func credit(_ gross: Gems, isEmission: Bool) {
        let repaid = min(debt, gross)
        debt = debt - repaid
        balance = balance + (gross - repaid)
        earned = earned + (gross - repaid)
        guard isEmission else { return }
        let today = createdAt.utcDay
        earnedOnDay = (day == today ? earnedOnDay : 0) + gross
        day = today
    }

    private mutating func takeBack(_ wanted: Gems) {
        let taken = min(balance, wanted)
        balance = balance - taken
        debt = debt + (wanted - taken)
    }

    private mutating func take(_ amount: Gems) throws(LedgerRefusal) {
        guard balance >= amount else { throw .insufficientGems(balance: balance, wanted: amount) }
        balance = balance - amount
    }
}
