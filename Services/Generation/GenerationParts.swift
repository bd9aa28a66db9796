import ContentRules
import Domain
import Events
import HTTPClient
import HTTPServer
import Ledger
import Media
import ObjectStore
import Records
import Runtime
import ServiceKit
import Telemetry

/// Builds the concrete parts of the service from what the process has; the only place that knows them all.
struct GenerationParts: Sendable {
    static let queueName = "generation"

    let context: ServiceContext
    let generations: Generations
    let models: ModelCatalogue
    let queue: JobQueue
    let quota: DayQuota
    let progress: ProgressLog
    let purse: any Purse
    let providers: Providers
    let store: any ObjectStore
    let signer: MediaSigner
    let painters: Int

    init(_ context: ServiceContext) throws {
        self.context = context
        let database = context.mongo.database
        let bus = EventBus(redis: context.redis)
        generations = Generations(database: database, bus: bus)
        models = ModelCatalogue(database)
        queue = JobQueue(Self.queueName, redis: context.redis, lease: context.configuration.seconds(.lease))
        quota = DayQuota(redis: context.redis, jobs: generations.collection)
        progress = ProgressLog(redis: context.redis)
        purse = LedgerPurse(ledger: Ledger(database: database, bus: bus))
        painters = context.configuration.integer(.painters)
        providers = Providers([EmbeddedProvider.name: EmbeddedProvider(threads: painters)])
        store = try Self.openStore(context)
        guard let signer = MediaSigner(secret: context.configuration.string(.mediaSigningSecret)) else {
            throw ConfigurationError(complaints: ["MEDIA_SIGNING_SECRET is too short"])
        }
        self.signer = signer
    }

    private static func openStore(_ context: ServiceContext) throws -> any ObjectStore {
        let configuration = context.configuration
        if configuration.isPlaceholder { return NoObjectStore() }
        do throws(ObjectStoreError) {
            let url = try ObjectStoreURL(configuration.string(.objectStoreURL))
            var client = HTTPClientConfiguration()
            if let host = url.host { client.reach = .publicAnd(hosts: [host]) }
            let access = configuration.optional(.objectStoreAccessKey),
                secret = configuration.optional(.objectStoreSecretKey)
            var credentials: (accessKey: String, secretKey: String)?
            if let access, let secret { credentials = (access, secret) }
            return try url.open(
                isLocalProfile: configuration.isLocal, credentials: credentials,
                client: HTTPClient(configuration: client, loops: context.loops), clock: { .now() })
        } catch {
            throw ConfigurationError(complaints: ["OBJECT_STORE_URL: \(error)"])
        }
    }

    private var clock: @Sendable () -> Instant { { .now() } }

    var settle: SettleGeneration {
        SettleGeneration(generations: generations, purse: purse, quota: quota, progress: progress)
    }

    var cancel: CancelGeneration {
        CancelGeneration(
            generations: generations, settle: settle, queue: queue, posts: PostLookup(in: context.mongo.database),
            store: store,
            clock: clock)
    }

    var routes: [Route] {
        let database = context.mongo.database
        let request = RequestGeneration(
            generations: generations, models: models, providers: providers, rules: ContentRules(), quota: quota,
            purse: purse,
            users: UserLookup(in: database), queue: queue, progress: progress, economy: .standard, clock: clock)
        let generationRoutes = GenerationRoutes(
            request: request, cancel: cancel, generations: generations,
            line: WaitingLine(queue: queue, models: models, hands: painters), signer: signer, clock: clock)
        let progressRoutes = ProgressRoutes(
            generations: generations, progress: progress, streams: OpenStreams(context.revocations),
            view: { try await generationRoutes.view($0) },
            look: .seconds(5))
        return generationRoutes.routes + progressRoutes.routes
            + ModelRoutes(models: models, providers: providers, purse: purse).routes
            + MediaRoutes(store: store, posts: PostLookup(in: database), signer: signer, clock: clock).routes
    }

    func dispatcher() throws -> JobWorker {
        let log = context.logger("dispatch")
        let gallery = Gallery(
            workshop: try MediaWorkshop(), store: store,
            publicURL: context.configuration.string(.publicURL).trimmedSlash, log: log)
        let paint = PaintGeneration(
            generations: generations, models: models, providers: providers, gallery: gallery, settle: settle,
            purse: purse,
            quota: quota, users: UserLookup(in: context.mongo.database), progress: progress, worker: context.instance,
            mostRuns: 6,
            log: log, clock: clock)
        return JobWorker(queue, concurrency: painters) { job in try await paint(job) }
    }

    func sweeper(pause: Duration = .seconds(5), patience: Duration = .seconds(30)) -> SweepGenerations {
        SweepGenerations(
            generations: generations, settle: settle, cancel: cancel, queue: queue, pause: pause, patience: patience,
            log: context.logger("sweeper"), clock: clock)
    }
}

extension String {
    fileprivate var trimmedSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}
