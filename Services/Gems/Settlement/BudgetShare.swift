import Domain
import Ledger
import MongoClient
import Runtime

/// What is taken out of a day's budget for one entry that is to be made. A lost race decides again, and the share is then
/// what the new entry needs, on its day.
final class BudgetShare: Sendable {
    private struct Held {
        var gems: Gems = 0
        var takenAt = Instant(milliseconds: 0)
    }

    private let budget: EmissionBudget
    private let held = Locked(Held())

    init(of budget: EmissionBudget) { self.budget = budget }

    /// Takes so much, and gives back what was taken before.
    ///
    /// - Parameter time: the entry's.
    /// - Returns: false when the day's budget is used up; nothing is held then.
    func cover(_ gems: Gems, at time: Instant) async throws(LedgerError) -> Bool {
        giveBack()
        do throws(MongoError) {
            guard try await budget.take(gems, at: time) else { return false }
        } catch {
            throw .store(error)
        }
        held.withLock { $0 = Held(gems: gems, takenAt: time) }
        return true
    }

    /// The entry was not made.
    func giveBack() {
        let given = held.withLock { held in
            defer { held = Held() }
            return held
        }
        budget.giveBack(given.gems, takenAt: given.takenAt)
    }
}
