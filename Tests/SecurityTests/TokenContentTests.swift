import BSON
import Domain
import Testing

@testable import Security

/// Tokens whose signature is good, and whose content is not what is signed here.
@Suite struct TokenContentTests {
    private static let key = Result { try RSAPrivateKey.generate() }
    private let now = Instant(milliseconds: 1_795_000_000_000)
    private static let header = #"{"alg":"RS256","kid":"k1"}"#

    private func payload(_ changes: [String: String?] = [:]) -> String {
        var members: [String: String?] = [
            "iss": #""circle""#, "sub": "\"65a1b2c3d4e5f60718293a4b\"", "sid": "\"65a1b2c3d4e5f60718293a4c\"",
            "did": #""d""#, "tier": #""pro""#, "roles": #"["admin"]"#, "act": "1700000000", "iat": "1795000000",
            "exp": "1795000900",
        ]
        members.merge(changes) { $1 }
        return "{\(members.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }.joined(separator: ","))}"
    }

    private func verify(_ payload: String, header: String = header) throws -> AccessClaims {
        let key = try Self.key.get()
        let verifier = TokenVerifier()
        verifier.setKeys(["k1": try key.publicKey])
        let signed = "\(Base64URL.encode(Array(header.utf8))).\(Base64URL.encode(Array(payload.utf8)))"
        return try verifier.verify("\(signed).\(Base64URL.encode(try key.sign(Array(signed.utf8))))", now: now)
    }

    @Test func `what is signed is taken`() throws {
        let claims = try verify(payload())
        #expect(claims.user.hex == "65a1b2c3d4e5f60718293a4b" && claims.session.hex == "65a1b2c3d4e5f60718293a4c")
        #expect(claims.device == "d" && claims.tier == .pro && claims.roles == [.admin])
        #expect(claims.accountCreatedAt == Instant(milliseconds: 1_700_000_000_000))
        #expect(claims.issuedAt == now && claims.expiresAt == now + .minutes(15))
    }

    @Test(
        arguments: [
            #"{"alg":"HS256","kid":"k1"}"#, #"{"alg":"none","kid":"k1"}"#, #"{"kid":"k1"}"#, #"{"alg":"RS256"}"#,
            #"{"alg":"RS256","kid":"k1","crit":["exp"]}"#, "[]", "nonsense",
        ])
    func `a header that says something else is refused, also well signed`(header: String) throws {
        #expect(throws: TokenError.malformed) { try verify(payload(), header: header) }
    }

    @Test(
        arguments: [
            ("iss", #""another""#), ("iss", nil), ("sub", #""ann""#), ("sid", nil), ("did", "5"), ("tier", #""gold""#),
            ("roles", nil), ("exp", nil), ("exp", "-1"), ("exp", "253402300800"), ("exp", #""1795000900""#),
            ("act", "9223372036854775807"),
        ] as [(String, String?)])
    func `a claim that is missing or is none makes the whole no token`(name: String, value: String?) throws {
        #expect(throws: TokenError.malformed) { try verify(payload([name: value])) }
    }

    @Test func `a token of more than eight kilobytes is not even looked at`() throws {
        func device(_ length: Int) -> String { "\"\(String(repeating: "d", count: length))\"" }
        #expect(try verify(payload(["did": device(5000)])).device.utf8.count == 5000)
        #expect(throws: TokenError.malformed) { try verify(payload(["did": device(6000)])) }
    }

    @Test func `a role that nobody knows grants nothing`() throws {
        #expect(try verify(payload(["roles": #"["owner",7,"moderator"]"#])).roles == [.moderator])
    }

    @Test func `a token that expires in this moment has expired`() throws {
        let end = now
        #expect(throws: TokenError.expired(at: end)) { try verify(payload(["exp": "1795000000"])) }
        #expect(try verify(payload(["exp": "1795000001"])).expiresAt == end + .seconds(1))
    }
}
