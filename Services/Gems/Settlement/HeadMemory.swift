import Domain
import Ledger
import Runtime

/// The heads that this process has seen last: saves reading them again for authors who earn one gem after the other.
///
/// A head that is remembered can only be older than the newest, and an entry made after an old one loses its number. What
/// it cannot show is that nothing is left to do when somebody else took a gem back meanwhile; the sweep asks the database.
final class HeadMemory: Sendable {
    private let heads = Locked<[UserID: LedgerHead]>([:])
    private let capacity: Int

    init(capacity: Int = 20_000) { self.capacity = capacity }

    func head(of user: UserID) -> LedgerHead? { heads.withLock { $0[user] } }

    func remember(_ head: LedgerHead, of user: UserID) {
        heads.withLock { heads in
            if heads.count >= capacity { heads.removeAll(keepingCapacity: true) }
            heads[user] = head
        }
    }

    func forget(_ user: UserID) { heads.withLock { _ = $0.removeValue(forKey: user) } }
}
