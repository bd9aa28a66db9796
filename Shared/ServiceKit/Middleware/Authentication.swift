package import Domain
package import HTTPServer
import Security

/// Turns a bearer token into a caller, and holds routes to who may call them.
package struct Authentication: Sendable {
    private let keys: SigningKeyRing
    private let revocations: Revocations

    package init(keys: SigningKeyRing, revocations: Revocations) {
        self.keys = keys
        self.revocations = revocations
    }

    /// The caller that a token names.
    ///
    /// - Parameter token: without the scheme.
    /// - Throws: 401 for a token that is not good, or no longer; 503 when the keys can't be read.
    package func caller(token: String, now: Instant) async throws -> Caller {
        try await caller(token: Array(token.utf8)[...], now: now)
    }

    private func caller(token: ArraySlice<UInt8>, now: Instant) async throws -> Caller {
        let claims: AccessClaims
        do {
            claims = try keys.verifyKnown(token, now: now)
        } catch .unknownKey {
            do {
                claims = try await keys.verifyAfterReading(token, now: now)
            } catch is TokenError {
                throw Self.refusal("the token is not valid")
            }
        } catch .expired {
            throw Self.refusal("the token has expired")
        } catch {
            throw Self.refusal("the token is not valid")
        }
        guard !revocations.isRevoked(claims) else { throw Self.refusal("the session has ended") }
        return Caller(claims)
    }

    /// Names the caller where nothing has to be read or checked and nothing is wrong: a token that was verified before, or
    /// none where none is wanted. Otherwise false, and `authenticate` says why.
    func recognises(_ request: Request, access: Access, now: Instant) -> Bool {
        var known: AccessClaims?
        let hasHeader = request.lendHeader("Authorization") { header in
            if Self.isBearer(header) { known = keys.remembered(header.extracting(droppingFirst: 7), now: now) }
        }
        guard hasHeader else { return !access.requiresCaller }
        guard let claims = known, !revocations.isRevoked(claims), request.isSafe || revocations.isCurrent(now: now)
        else { return false }
        let caller = Caller(claims)
        if case .role(let role) = access, !Self.isGranted(role, to: caller.roles) { return false }
        request.caller = caller
        return true
    }

    /// Reads the `Authorization` header and checks the route's access.
    ///
    /// - Parameter header: its bytes; nil where there is none.
    func authenticate(_ request: Request, header: [UInt8]?, access: Access, now: Instant) async throws {
        if let header {
            guard let token = Self.bearer(header) else { throw Self.refusal("a bearer token is wanted") }
            request.caller = try await caller(token: token, now: now)
            // Whoever's session ended a moment ago must not still spend: what is not known may be that.
            guard request.isSafe || revocations.isCurrent(now: now) else {
                throw Problem.unavailable("sessions can't be checked")
            }
        } else if access.requiresCaller {
            throw Problem(.unauthenticated, "a bearer token is required")
        }
        if case .role(let role) = access, let roles = request.caller?.roles, !Self.isGranted(role, to: roles) {
            throw Problem(.forbidden)
        }
    }

    /// Who may administer may also moderate.
    private static func isGranted(_ role: Role, to roles: Set<Role>) -> Bool {
        roles.contains(role) || roles.contains(.admin)
    }

    /// `bearer ` as a number.
    private static let scheme = "bearer ".utf8.reduce(0) { $0 << 8 | UInt64($1) }

    private static func bearer(_ header: [UInt8]) -> ArraySlice<UInt8>? {
        isBearer(header.span) ? header[7...] : nil
    }

    private static func isBearer(_ header: Span<UInt8>) -> Bool {
        guard header.count > 7 else { return false }
        var word: UInt64 = 0
        for index in 0..<7 { word = word << 8 | UInt64(header[index] | 0x20) }
        return word == Self.scheme
    }

    private static func refusal(_ detail: String) -> Problem {
        Problem(.unauthenticated, detail, headers: ["WWW-Authenticate": "Bearer error=\"invalid_token\""])
    }
}

extension Caller {
    fileprivate init(_ claims: AccessClaims) {
        self.init(
            userID: claims.user, sessionID: claims.session, deviceID: claims.device, tier: claims.tier,
            roles: Set(claims.roles), accountCreatedAt: claims.accountCreatedAt, tokenExpiresAt: claims.expiresAt)
    }
}
