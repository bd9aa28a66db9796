import BSON
import Domain
import Security

/// A refresh token: the session it belongs to, randomness, and a seal that only auth can make.
///
/// The seal tells an old token of a session from an invented one: the first must end the session, the second must not,
/// or anybody who learnt a session's id could end it.
struct RefreshToken: Sendable, Equatable {
    private static let randomCount = 24
    private static let sealCount = 16
    private static let sessionCount = 12

    let session: SessionID
    let text: String

    /// What is stored instead of the token.
    var digest: [UInt8] { SHA256.hash(text) }

    /// A new token for a session.
    static func issue(for session: SessionID, secret: [UInt8]) -> RefreshToken {
        let body = session.objectID.bytes + RandomBytes.generate(randomCount)
        return RefreshToken(session: session, text: Base64URL.encode(body + seal(of: body, secret: secret)))
    }

    private init(session: SessionID, text: String) {
        self.session = session
        self.text = text
    }

    /// - Returns: nil for anything that auth never issued.
    init?(_ text: String, secret: [UInt8]) {
        guard let bytes = Base64URL.decode(text),
            bytes.count == Self.sessionCount + Self.randomCount + Self.sealCount
        else { return nil }
        let body = Array(bytes.dropLast(Self.sealCount))
        guard constantTimeEquals(Self.seal(of: body, secret: secret), Array(bytes.suffix(Self.sealCount))),
            let session = ObjectID(bytes: body.prefix(Self.sessionCount))
        else { return nil }
        self.init(session: SessionID(session), text: text)
    }

    private static func seal(of body: [UInt8], secret: [UInt8]) -> [UInt8] {
        Array(HMAC.sha256(key: secret, message: body).prefix(sealCount))
    }
}
