import Domain
import RedisClient
import Security
import Synchronization
import Testing

@testable import ServiceKit

@Suite struct RevocationsTests {
    private let now = Instant(milliseconds: 1_795_000_000_000)

    private func claims(user: UserID = .new(), session: SessionID = .new(), issuedAt: Instant? = nil) -> AccessClaims {
        AccessClaims(
            user: user, session: session, device: "d", tier: .free, roles: [], accountCreatedAt: now,
            issuedAt: issuedAt ?? now, expiresAt: Instant(milliseconds: now.milliseconds + 900_000))
    }

    @Test func `a revoked session is refused and others are not`() {
        let revocations = Revocations()
        let claims = claims()
        revocations.apply([.session(claims.session)], now: now)
        #expect(revocations.isRevoked(claims))
        #expect(!revocations.isRevoked(self.claims(user: claims.user)))
    }

    @Test func `a revoked person's earlier tokens are refused and later ones are not`() {
        let revocations = Revocations()
        let user = UserID.new()
        revocations.apply([.person(user, issuedUntil: now)], now: now)
        #expect(revocations.isRevoked(claims(user: user)))
        #expect(!revocations.isRevoked(claims(user: user, issuedAt: Instant(milliseconds: now.milliseconds + 1000))))
    }

    @Test func `knowledge is stale five seconds after the last read, and before the first`() {
        let revocations = Revocations()
        #expect(!revocations.isCurrent(now: now))
        revocations.apply([], now: now)
        #expect(revocations.isCurrent(now: Instant(milliseconds: now.milliseconds + 5000)))
        #expect(!revocations.isCurrent(now: Instant(milliseconds: now.milliseconds + 5001)))
    }

    @Test func `a revocation is told once`() {
        let revocations = Revocations()
        let told = Mutex<[Revocation]>([])
        revocations.onRevocation { revocation in told.withLock { $0.append(revocation) } }
        let session = SessionID.new()
        revocations.apply([.session(session)], now: now)
        revocations.apply([.session(session)], now: now)
        #expect(told.withLock { $0 } == [.session(session)])
    }

    @Test func `what no token can still need is forgotten`() {
        let revocations = Revocations()
        let claims = claims()
        revocations.apply([.session(claims.session)], now: now)
        revocations.apply([.session(.new())], now: Instant(milliseconds: now.milliseconds + 17 * 60_000))
        #expect(!revocations.isRevoked(claims))
    }

    @Test func `a revocation survives its stream entry`() {
        let person = Revocation.person(.new(), issuedUntil: now)
        let session = Revocation.session(.new())
        for revocation in [person, session] {
            let fields = revocation.fields.flatMap { field -> [RedisReply] in
                [.string(Array(field.name.utf8)), .string(Array(field.value.utf8))]
            }
            #expect(Revocation(fields: fields) == revocation)
        }
        #expect(Revocation(fields: [.string(Array("later".utf8)), .string(Array("x".utf8))]) == nil)
    }
}
