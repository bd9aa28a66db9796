import Domain

@testable import Ledger

/// A process that takes requests to spend: purchases, holds, and the two ways to close one.
final class SpendActor: Actor {
    struct Request: Hashable {
        enum Kind: Hashable {
            case purchase(price: Int64)
            case hold(Int64)
            case capture
            case void
        }

        let user: UserID
        /// Of the good, or of the hold.
        let number: Int
        let kind: Kind

        var key: String {
            switch kind {
            case .purchase: "own:thing-\(number):0"
            case .hold: Ledger.holdKey("\(number)")
            case .capture, .void: Ledger.closeKey("\(number)")
            }
        }
    }

    private enum State {
        case idle
        case hasHead(Request, LedgerHead)
        case answered(Request)
    }

    let name: String
    private var state = State.idle

    init(name: String) { self.name = name }

    var isIdle: Bool { if case .idle = state { true } else { false } }
    func crash() { state = .idle }

    func step(_ world: World) throws -> String? {
        switch state {
        case .idle:
            guard let request = world.pick(world.requests) else { return nil }
            state = .hasHead(request, world.ledger.head(of: request.user))
            return "reads the head for \(request.key)"
        case .hasHead(let request, let head):
            let outcome = try insert(request, head, world)
            state =
                outcome == .numberTaken ? .hasHead(request, world.ledger.head(of: request.user)) : .answered(request)
            return "\(request.key): \(outcome.map { "\($0)" } ?? "refused")"
        case .answered(let request):
            // Whoever asked has an answer and does not ask again; a crash before lets them.
            world.requests.removeAll { $0 == request }
            state = .idle
            return "answers \(request.key)"
        }
    }

    /// - Returns: nil where the ledger refuses.
    private func insert(_ request: Request, _ head: LedgerHead, _ world: World) throws -> MemoryLedger.Insertion? {
        guard let posting = posting(request, world) else { return nil }
        do throws(LedgerRefusal) {
            let entry = try LedgerEntry(posting, of: request.user, after: head, at: world.now)
            let outcome = world.ledger.insert(entry, isGuarded: world.fault != .allowsSecondKey)
            if outcome == .inserted { world.entered(request.user) }
            return outcome
        } catch {
            return nil
        }
    }

    private func posting(_ request: Request, _ world: World) -> Posting? {
        func held() -> Gems? {
            world.ledger.entry(of: request.user, key: Ledger.holdKey("\(request.number)"))?.heldAmount
        }
        switch request.kind {
        case .purchase(let price):
            return Posting(.spend(Gems(price)), source: .cosmetic, account: .burn, key: request.key)
        case .hold(let amount):
            return Posting(.openHold(Gems(amount)), source: .generation, account: .escrow, key: request.key)
        case .capture:
            return held().map {
                Posting(.captureHold($0), source: .holdCapture, account: .escrow, key: request.key)
            }
        case .void:
            return held().map { Posting(.voidHold($0), source: .holdVoid, account: .escrow, key: request.key) }
        }
    }
}
