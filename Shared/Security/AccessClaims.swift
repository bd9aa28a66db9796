package import Domain
import JSON

/// What an access token says about its bearer.
package struct AccessClaims: Sendable, Equatable {
    package let user: UserID
    package let session: SessionID
    /// The device the session was opened on: the one that counts for fraud, whatever a header claims later.
    package let device: String
    package let tier: Tier
    package let roles: [Role]
    package let accountCreatedAt: Instant
    package let issuedAt: Instant
    package let expiresAt: Instant

    package init(
        user: UserID, session: SessionID, device: String, tier: Tier, roles: [Role], accountCreatedAt: Instant,
        issuedAt: Instant, expiresAt: Instant
    ) {
        self.user = user
        self.session = session
        self.device = device
        self.tier = tier
        self.roles = roles
        self.accountCreatedAt = accountCreatedAt
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
    }

    static let issuer = "circle"

    /// JWT's dates are whole seconds; milliseconds are cut off.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.field("iss", Self.issuer)
            $0.field("sub", user.hex)
            $0.field("sid", session.hex)
            $0.field("did", device)
            $0.field("tier", tier.rawValue)
            $0.array("roles") { for role in roles { $0.value(role.rawValue) } }
            $0.field("act", accountCreatedAt.milliseconds / 1000)
            $0.field("iat", issuedAt.milliseconds / 1000)
            $0.field("exp", expiresAt.milliseconds / 1000)
        }
        return writer.bytes
    }

    init?(json bytes: [UInt8]) {
        // A payload that is no JSON is a forgery like any other; why it does not parse interests nobody.
        guard let json = try? JSONParser.parse(bytes), json["iss"]?.string == Self.issuer,
            let user = json["sub"]?.string.flatMap(UserID.init(hex:)),
            let session = json["sid"]?.string.flatMap(SessionID.init(hex:)), let device = json["did"]?.string,
            let tier = json["tier"]?.string.flatMap(Tier.init(rawValue:)), let roles = json["roles"]?.array,
            let created = json["act"].flatMap(Self.instant), let issued = json["iat"].flatMap(Self.instant),
            let expires = json["exp"].flatMap(Self.instant)
        else { return nil }
        self.init(
            user: user, session: session, device: device, tier: tier,
            // A role that this release does not know grants nothing here.
            roles: roles.compactMap { $0.string.flatMap(Role.init(rawValue:)) },
            accountCreatedAt: created, issuedAt: issued, expiresAt: expires)
    }

    private static func instant(_ value: JSONValue) -> Instant? {
        guard let seconds = value.int64, (0...253_402_300_799).contains(seconds) else { return nil }
        return Instant(milliseconds: seconds * 1000)
    }
}
