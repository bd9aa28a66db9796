import Domain
import Testing

@testable import AuthService

@Suite struct RefreshDecisionTests {
    private let now = Instant(milliseconds: 1_795_000_000_000)
    private let secret = Array("a secret".utf8)

    private func session(rotatedBefore age: Duration? = nil, revoked: String? = nil, life: Duration = .seconds(60))
        -> SessionState
    {
        SessionState(
            currentDigest: [1], previousDigest: age == nil ? nil : [2], rotatedAt: age.map { now - $0 },
            expiresAt: now + life, isRevoked: revoked != nil, revokedReason: revoked)
    }

    @Test func `the newest token is replaced`() {
        #expect(RefreshDecision(session(), digest: [1], now: now) == .rotate)
    }

    @Test func `the token before it gets the same successor for ten seconds`() {
        #expect(RefreshDecision(session(rotatedBefore: .seconds(10)), digest: [2], now: now) == .repeatSuccessor)
        #expect(RefreshDecision(session(rotatedBefore: .milliseconds(10_001)), digest: [2], now: now) == .reused)
    }

    @Test func `any older token is a second use`() {
        #expect(RefreshDecision(session(rotatedBefore: .seconds(1)), digest: [3], now: now) == .reused)
    }

    @Test func `a session that is over gives nothing`() {
        #expect(RefreshDecision(session(revoked: "logout"), digest: [1], now: now) == .ended)
        #expect(RefreshDecision(session(revoked: "reuse"), digest: [1], now: now) == .reused)
        #expect(RefreshDecision(session(life: .zero), digest: [1], now: now) == .ended)
    }

    @Test func `a token is known by its seal`() throws {
        let token = RefreshToken.issue(for: .new(), secret: secret)
        #expect(RefreshToken(token.text, secret: secret) == token)
        #expect(RefreshToken(token.text, secret: [1]) == nil)
        for text in ["", "x", String(token.text.dropLast()), token.text + "A", String(token.text.reversed())] {
            #expect(RefreshToken(text, secret: secret) == nil)
        }
    }

    @Test(arguments: [
        ("UTC", true), ("Europe/Berlin", true), ("Etc/GMT+5", true), ("Mars/Olympus", false), ("../passwd", false),
        ("/etc/passwd", false), ("Europe", false), ("", false),
    ])
    func `a time zone is one of the machine's`(name: String, isKnown: Bool) {
        #expect(TimeZones.isKnown(name) == isKnown)
    }
}
