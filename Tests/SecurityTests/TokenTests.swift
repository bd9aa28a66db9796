import BSON
import Domain
import Testing

@testable import Security

@Suite struct TokenTests {
    private static let key = Result { try RSAPrivateKey.generate() }
    private let now = Instant(milliseconds: 1_795_000_000_000)

    private func claims(expiresIn seconds: Int64 = 900) -> AccessClaims {
        AccessClaims(
            user: .new(), session: .new(), device: "phone \"1\"", tier: .pro, roles: [.moderator],
            accountCreatedAt: Instant(milliseconds: 1_700_000_000_000), issuedAt: now,
            expiresAt: Instant(milliseconds: now.milliseconds + seconds * 1000))
    }

    private func pair() throws -> (TokenSigner, TokenVerifier) {
        let key = try Self.key.get()
        let verifier = TokenVerifier()
        verifier.setKeys(["k1": try key.publicKey])
        return (TokenSigner(keyID: "k1", key: key), verifier)
    }

    @Test func `a token says what was signed, also from the cache`() throws {
        let (signer, verifier) = try pair()
        let claims = claims()
        let token = try signer.sign(claims)
        #expect(try verifier.verify(token, now: now) == claims)
        #expect(try verifier.verify(token, now: now) == claims)
    }

    @Test func `a token is refused from the moment it expires, also when it is remembered`() throws {
        let (signer, verifier) = try pair()
        let claims = claims()
        let token = try signer.sign(claims)
        let later = claims.expiresAt
        #expect(throws: TokenError.expired(at: later)) { try verifier.verify(token, now: later) }
        _ = try verifier.verify(token, now: now)
        #expect(throws: TokenError.expired(at: later)) { try verifier.verify(token, now: later) }
    }

    @Test(arguments: [false, true])
    func `no byte of a token can be changed, of one that is remembered neither`(isKnown: Bool) throws {
        let (signer, verifier) = try pair()
        let token = Array(try signer.sign(claims()).utf8)
        if isKnown { _ = try verifier.verify(token[...], now: now) }
        for index in token.indices {
            var forged = token
            forged[index] = forged[index] == 0x41 ? 0x42 : 0x41
            #expect(throws: TokenError.self) {
                try verifier.verify(String(decoding: forged, as: UTF8.self), now: now)
            }
        }
    }

    @Test(arguments: ["", ".", "..", "a.b", "a.b.c.d", "e30.e30.e30", String(repeating: "a", count: 9000)])
    func `what is no token is malformed`(text: String) throws {
        let (_, verifier) = try pair()
        #expect(throws: TokenError.malformed) { try verifier.verify(text, now: now) }
    }

    @Test func `the unsigned algorithm is refused`() throws {
        let (_, verifier) = try pair()
        let header = Base64URL.encode(Array(#"{"alg":"none","kid":"k1"}"#.utf8))
        let payload = Base64URL.encode(claims().json)
        #expect(throws: TokenError.malformed) { try verifier.verify("\(header).\(payload).", now: now) }
    }

    @Test func `a token of an unknown key names it, and of a withdrawn key is no longer accepted`() throws {
        let (signer, verifier) = try pair()
        let token = try signer.sign(claims())
        _ = try verifier.verify(token, now: now)
        verifier.setKeys([:])
        #expect(throws: TokenError.unknownKey("k1")) { try verifier.verify(token, now: now) }
    }

    @Test func `the cache stays bounded and keeps what is asked for`() {
        var cache = TwoGenerationCache<Int, Int>(capacity: 10)
        for key in 0..<1000 {
            cache.insert(key, for: key)
            #expect(cache.value(for: 0) == 0)
        }
        #expect(cache.count <= 10)
        #expect(cache.value(for: 1) == nil)
    }

    @Test func `derived ids follow from their parts and nothing else`() {
        #expect(ObjectID.deriving(["a", "bc"]) == ObjectID.deriving(["a", "bc"]))
        #expect(ObjectID.deriving(["a", "bc"]) != ObjectID.deriving(["ab", "c"]))
        let (one, other) = (ObjectID(), ObjectID())
        #expect(ObjectID.deriving("vote", one, other) == ObjectID.deriving(["vote", one.hex, other.hex]))
        // Stored ids rest on it.
        #expect(ObjectID.deriving(["ledger", String(repeating: "x", count: 120)]).hex == "3d1668a3a41303cb85400aba")
    }
}
