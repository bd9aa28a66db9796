import Domain

/// What a refresh token that auth did issue gets its bearer: pure, so that every case can be tried.
enum RefreshDecision: Equatable, Sendable {
    /// It is the newest: replace it.
    case rotate
    /// It was replaced a moment ago and its successor was never used: the answer got lost; give the same one again.
    case repeatSuccessor
    /// It was replaced and comes back: somebody else has a copy. The session must end.
    case reused
    /// The session is over.
    case ended

    /// How long a client may not have got the answer to its refresh.
    static let grace = Duration.seconds(10)

    /// - Parameter digest: of the token presented.
    init(_ session: SessionState, digest: [UInt8], now: Instant) {
        if session.revokedReason == SessionEnd.reuse.rawValue {
            self = .reused
        } else if session.isRevoked || session.expiresAt <= now {
            self = .ended
        } else if digest == session.currentDigest {
            self = .rotate
        } else if digest == session.previousDigest, let rotatedAt = session.rotatedAt,
            // A successor that was used has been replaced in turn, and this token is no longer the previous one.
            now - rotatedAt <= Self.grace
        {
            self = .repeatSuccessor
        } else {
            self = .reused
        }
    }
}

/// What the decision depends on.
struct SessionState: Sendable, Equatable {
    var currentDigest: [UInt8]
    var previousDigest: [UInt8]?
    var rotatedAt: Instant?
    var expiresAt: Instant
    var isRevoked = false
    var revokedReason: String?
}

/// Why a session ended.
enum SessionEnd: String, Sendable {
    case logout, reuse, ban, ended, crowded
}
