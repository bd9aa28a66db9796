import BSON
import Domain
import HTTPServer
import JSON

/// Shapes of what clients send to auth.
enum AuthSchema {
    static let username = Schema.string(
        min: NameRules.usernameLength.lowerBound, max: NameRules.usernameLength.upperBound,
        format: StringFormat("username", pattern: "^[A-Za-z0-9_]{3,30}$") { NameRules.isUsername($0) })
    static let email = Schema.string(
        min: NameRules.emailLength.lowerBound, max: NameRules.emailLength.upperBound,
        format: StringFormat("email") { NameRules.isEmail($0) })
    static let password = Schema.string(
        min: NameRules.passwordLength.lowerBound, max: NameRules.passwordLength.upperBound)
    static let displayName = Schema.string(
        min: NameRules.displayNameLength.lowerBound, max: NameRules.displayNameLength.upperBound)
    static let timeZone = Schema.string(min: 1, max: 64)
    static let locale = Schema.string(
        min: 2, max: 35,
        format: StringFormat("language-tag", pattern: "^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$", accepts: isLocale))
    static let device = Schema.named(
        "Device",
        .object(
            .required("id", .string(min: 1, max: 128)),
            .required("platform", .enumeration(Platform.allCases.map(\.rawValue)))))
    static let attribution = Schema.object(
        .optional("installSource", .string(max: 64)), .optional("source", .string(max: 64)),
        .optional("campaign", .string(max: 128)))
    static let tokens = Schema.named(
        "Tokens",
        .object(
            .required("accessToken", .string), .required("accessTokenExpiresAt", .dateTime),
            .required("refreshToken", .string), .required("refreshTokenExpiresAt", .dateTime)))
    static let signedIn = Schema.named(
        "SignedIn", .object(.required("user", UserView.ownSchema), .required("tokens", tokens)))

    private static func isLocale(_ text: String) -> Bool {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "_" }
        guard let first = parts.first, (2...8).contains(first.utf8.count) else { return false }
        return parts.allSatisfy { part in
            (1...8).contains(part.utf8.count)
                && part.utf8.allSatisfy { $0 | 0x20 &- 0x61 < 26 || $0 &- 0x30 < 10 }
        }
    }
}

extension Device {
    init(_ fields: ValidatedObject) throws {
        let platform = try fields.string("platform")
        guard let known = Platform(rawValue: platform) else {
            throw ValidationFailure("/device/platform", "must be one of the platforms")
        }
        self.init(id: try fields.string("id"), platform: known)
    }
}

struct RegisterBody: RequestBody {
    static let schema = ObjectSchema(
        .required("username", AuthSchema.username), .required("email", AuthSchema.email),
        .required("password", AuthSchema.password), .optional("displayName", AuthSchema.displayName),
        .optional("referralCode", .string(min: 1, max: 32)), .required("device", AuthSchema.device),
        .optional("timeZone", AuthSchema.timeZone), .optional("locale", AuthSchema.locale),
        .optional("attribution", AuthSchema.attribution))

    let newcomer: RegisterPerson.Newcomer

    init(_ fields: ValidatedObject) throws {
        newcomer = RegisterPerson.Newcomer(
            username: try fields.string("username"), email: try fields.string("email"),
            password: try fields.string("password"), displayName: fields.optionalString("displayName"),
            referralCode: fields.optionalString("referralCode"), device: try Device(fields.object("device")),
            timeZone: fields.optionalString("timeZone"), locale: fields.optionalString("locale"),
            attribution: fields.optionalObject("attribution").map(Self.attribution))
    }

    private static func attribution(_ fields: ValidatedObject) -> BSONDocument {
        var document = BSONDocument()
        for name in ["installSource", "source", "campaign"] {
            document.append(name, ifPresent: fields.optionalString(name).map { .string($0) })
        }
        return document
    }
}

struct LoginBody: RequestBody {
    static let schema = ObjectSchema(
        .required("login", .string(min: 1, max: 254)), .required("password", .string(min: 1, max: 256)),
        .required("device", AuthSchema.device))

    let login: String
    let password: String
    let device: Device

    init(_ fields: ValidatedObject) throws {
        login = try fields.string("login")
        password = try fields.string("password")
        device = try Device(fields.object("device"))
    }
}

struct RefreshBody: RequestBody {
    static let schema = ObjectSchema(.required("refreshToken", .string(min: 1, max: 512)))

    let refreshToken: String

    init(_ fields: ValidatedObject) throws { refreshToken = try fields.string("refreshToken") }
}

struct ProfileBody: RequestBody {
    static let schema = ObjectSchema(
        .optional("displayName", AuthSchema.displayName),
        .optional("bio", .string(min: NameRules.bioLength.lowerBound, max: NameRules.bioLength.upperBound)),
        .optional("avatarUrl", .nullable(.string(max: 2048, format: .webAddress))),
        .optional("profileTheme", .nullable(.string(max: 64))), .optional("timeZone", AuthSchema.timeZone),
        .optional("locale", AuthSchema.locale))

    let changes: UpdateProfile.Changes

    init(_ fields: ValidatedObject) throws {
        changes = UpdateProfile.Changes(
            displayName: fields.optionalString("displayName"), bio: fields.optionalString("bio"),
            avatarUrl: Self.clearable(fields, "avatarUrl"), profileTheme: Self.clearable(fields, "profileTheme"),
            timeZone: fields.optionalString("timeZone"), locale: fields.optionalString("locale"))
    }

    private static func clearable(_ fields: ValidatedObject, _ name: String) -> UpdateProfile.Changes.Clearable? {
        guard fields.contains(name) else { return nil }
        return fields.optionalString(name).map { .set($0) } ?? .clear
    }
}
