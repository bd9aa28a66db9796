import Domain
import HTTPServer
import Runtime
import ServiceKit

/// The streams of events that are open in this process, so that a revoked session's can be closed at once.
final class OpenStreams: Sendable {
    private struct Entry {
        let caller: Caller
        let close: @Sendable () -> Void
    }

    private struct State {
        var entries: [Int: Entry] = [:]
        var last = 0
    }

    private let state = Locked(State())

    init(_ revocations: Revocations) {
        revocations.onRevocation { [weak self] in self?.apply($0) }
    }

    /// Runs `body` while `close` is called on a revocation of the caller's session or of the person.
    func during(_ caller: Caller, close: @escaping @Sendable () -> Void, _ body: () async throws -> Void) async throws {
        let number = state.withLock { state in
            state.last += 1
            state.entries[state.last] = Entry(caller: caller, close: close)
            return state.last
        }
        defer { state.withLock { $0.entries[number] = nil } }
        try await body()
    }

    private func apply(_ revocation: Revocation) {
        let closes = state.withLock { state in
            state.entries.values.filter { entry in
                switch revocation {
                case .session(let session): entry.caller.sessionID == session
                // Somebody with a newer token connects again.
                case .person(let person, _): entry.caller.userID == person
                }
            }.map(\.close)
        }
        for close in closes { close() }
    }
}
