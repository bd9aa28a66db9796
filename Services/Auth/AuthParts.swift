import Domain
import Events
import HTTPServer
import MongoClient
import Records
import RedisClient
import Runtime
import Security
import ServiceKit

/// The parts of auth, put together: the only place that makes them.
struct AuthParts: Sendable {
    let context: ServiceContext
    let configuration: AuthConfiguration
    let people: MongoPeople
    let sessions: MongoSessions
    let audit: MongoSecurityAudit
    let auditOutbox: Outbox
    let keys: SigningKeys
    let revocation: SessionRevocation
    private let issuer: TokenIssuer
    private let opening: SessionOpening
    private let refreshSecret: [UInt8]
    private let successorBox: SealedBox

    init(_ context: ServiceContext) throws {
        self.context = context
        configuration = AuthConfiguration(context.configuration)
        let bus = EventBus(redis: context.redis)
        people = MongoPeople(client: context.mongo, bus: bus)
        sessions = MongoSessions(client: context.mongo, bus: bus)
        audit = MongoSecurityAudit(client: context.mongo, log: context.logger)
        auditOutbox = Outbox(
            collection: context.mongo.collection(PeopleCollections.securityAudit.name), bus: bus)
        // One thread signs about 1,400 tokens a second.
        let signing = BlockingPool(name: "signing", threads: 1, queueLimit: 1024)
        keys = try SigningKeys(
            client: context.mongo, secret: configuration.secret, life: configuration.signingKeyLife, pool: signing,
            log: context.logger)
        revocation = SessionRevocation(store: sessions, redis: context.redis)
        issuer = TokenIssuer(keys: keys, life: configuration.accessTokenLife, pool: signing)
        refreshSecret = HMAC.sha256(key: configuration.secret, message: "circle/auth/refresh-tokens/v1")
        successorBox = try SealedBox(secret: configuration.secret, purpose: "refresh-successors")
        opening = SessionOpening(
            store: sessions, issuer: issuer, revocation: revocation, refreshSecret: refreshSecret,
            life: configuration.refreshTokenLife)
    }

    /// Everything that auth answers.
    func routes() throws -> [Route] {
        let passwords = try Passwords(
            pool: BlockingPool(name: "passwords", threads: configuration.passwordThreads, queueLimit: 128))
        let failures = LoginFailures(redis: context.cache, isRelaxed: configuration.isRelaxed)
        let refresh = RefreshSession(
            people: people, store: sessions, issuer: issuer, revocation: revocation, audit: audit,
            refreshSecret: refreshSecret, box: successorBox, life: configuration.refreshTokenLife)
        let auth = AuthRoutes(
            register: RegisterPerson(people: people, sessions: opening, passwords: passwords, audit: audit),
            logIn: LogIn(
                people: people, sessions: opening, passwords: passwords, failures: failures, audit: audit),
            refresh: refresh, revocation: revocation, audit: audit, origins: Origins(secret: configuration.secret))
        let users = UserRoutes(
            people: people, update: UpdateProfile(people: people),
            usage: DailyUsage(
                client: context.mongo, voters: VoterLookup(redis: context.redis, in: context.mongo.database)))
        let routes = auth.routes + SessionRoutes(store: sessions, revocation: revocation).routes + users.routes
        return routes + platform(beside: routes).routes
    }

    private func platform(beside routes: [Route]) -> PlatformRoutes {
        let document = OpenAPIDocument(
            file: configuration.openAPIFile, own: OpenAPI.document(title: "Circle for Life: auth", routes: routes),
            log: context.logger)
        return PlatformRoutes(
            keys: keys, status: PlatformStatus(heartbeats: context.heartbeats), document: document)
    }
}
