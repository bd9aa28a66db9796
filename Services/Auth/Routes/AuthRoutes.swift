import Domain
import HTTPServer
import JSON
import Records
import Security
import ServiceKit

/// Registration, log-in, refresh, log-out.
struct AuthRoutes: RouteGroup {
    let register: RegisterPerson
    let logIn: LogIn
    let refresh: RefreshSession
    let revocation: SessionRevocation
    let audit: MongoSecurityAudit
    let origins: Origins

    var routes: [Route] {
        [
            Route(
                .post, "/v1/auth/register", operation: "register", summary: "Opens an account and a session.",
                limit: .auth, body: RegisterBody.self, answers: [Answer(.created, AuthSchema.signedIn)],
                errors: [.usernameTaken, .emailTaken], handler: register),
            Route(
                .post, "/v1/auth/login", operation: "logIn", summary: "Opens a session.", limit: .auth,
                body: LoginBody.self, answers: [Answer(.ok, AuthSchema.signedIn)],
                errors: [.invalidCredentials, .accountSuspended], handler: logIn),
            Route(
                .post, "/v1/auth/refresh", operation: "refresh", summary: "Replaces a session's tokens.", limit: .auth,
                body: RefreshBody.self,
                answers: [Answer(.ok, .object(.required("tokens", AuthSchema.tokens)))],
                errors: [.unauthenticated, .refreshTokenReused], handler: refresh),
            Route(
                .post, "/v1/auth/logout", operation: "logOut", summary: "Ends the session.", access: .caller,
                answers: [Answer(.noContent)], handler: logOut),
        ]
    }

    /// `POST /v1/auth/register` → 201.
    @Sendable private func register(_ request: Request, _ body: RegisterBody) async throws -> Response {
        let origin = origins.origin(of: request, device: body.newcomer.device.id)
        let (person, tokens) = try await register(body.newcomer, from: origin, now: .now())
        return signedIn(.created, person, tokens)
    }

    /// `POST /v1/auth/login` → 200.
    @Sendable private func logIn(_ request: Request, _ body: LoginBody) async throws -> Response {
        let origin = origins.origin(of: request, device: body.device.id)
        let (person, tokens) = try await logIn(
            login: body.login, password: body.password, device: body.device, from: origin, now: .now())
        return signedIn(.ok, person, tokens)
    }

    /// `POST /v1/auth/refresh` → 200.
    @Sendable private func refresh(_ request: Request, _ body: RefreshBody) async throws -> Response {
        let tokens = try await refresh(body.refreshToken, now: .now())
        return .object(headers: Self.private) { $0.field("tokens", tokens) }
    }

    /// `POST /v1/auth/logout` → 204.
    @Sendable private func logOut(_ request: Request) async throws -> Response {
        let caller = try request.requireCaller()
        let now = Instant.now()
        try await revocation.end(caller.sessionID, of: caller.userID, because: .logout, now: now)
        await audit.note(
            .loggedOut, of: caller.userID, from: origins.origin(of: request, device: caller.deviceID), at: now)
        return .noContent
    }

    private func signedIn(_ status: HTTPStatus, _ person: UserRecord, _ tokens: TokenPair) -> Response {
        .object(status, headers: Self.private) {
            $0.field("user", UserView(person: person, isOwn: true, now: .now()))
            $0.field("tokens", tokens)
        }
    }

    private static let `private`: Headers = ["Cache-Control": "no-store"]
}

/// Turns a request's address into what may be kept of it.
struct Origins: Sendable {
    private let key: [UInt8]

    init(secret: String) { key = HMAC.sha256(key: secret, message: "circle/auth/addresses/v1") }

    func origin(of request: Request, device: String?) -> Origin {
        // A loopback address is a client that nobody named: no signal.
        let address = request.remoteAddress
        let digest = address.isLoopback ? nil : HMAC.sha256(key: key, message: Array("\(address.household)".utf8))
        return Origin(addressDigest: digest.map { Hex.encode($0.prefix(16)) }, deviceID: device)
    }
}
