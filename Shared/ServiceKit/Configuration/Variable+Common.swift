/// The variables that every service has.
extension Variable {
    package static let profile = Variable(
        "CIRCLE_PROFILE", .choice(["local", "production"]), default: "production",
        "What this process is part of. `local` allows what only a developer's machine may do.")
    package static let redisURL = Variable(
        "REDIS_URL", .url(schemes: ["redis", "redis+cluster"]),
        "Durable Redis: streams, counters, sessions of jobs. `appendfsync always`, `noeviction`.")
    package static let redisCacheURL = Variable(
        "REDIS_CACHE_URL", .url(schemes: ["redis", "redis+cluster"]), optional: true,
        "Redis that may forget; the durable one when it is missing.")
    package static let mongoURL = Variable(
        "MONGODB_URL", .url(schemes: ["mongodb", "mongodb+srv"]), "MongoDB, with the database in the path.")
    package static let mongoPoolSize = Variable(
        "MONGODB_POOL", .integer(1...256), default: "8",
        "Threads, and so connections, that wait for MongoDB in this process.")
    package static let httpHost = Variable(
        "HTTP_HOST", .text, default: "0.0.0.0", "Address on which the API and the admin port listen.")
    package static let httpPort = Variable(
        "HTTP_PORT", .integer(0...65535), default: "8080", "Port of the API; 0 takes a free one.")
    package static let adminPort = Variable(
        "ADMIN_PORT", .integer(0...65535), default: "9090",
        "Port of /healthz, /readyz and /metrics; 0 takes a free one.")
    package static let trustedProxies = Variable(
        "TRUSTED_PROXIES", .networks, default: "127.0.0.1/32,::1/128",
        "Networks whose X-Forwarded-For is believed.")
    package static let limits = Variable(
        "CIRCLE_LIMITS", .choice(["strict", "relaxed"]), default: "strict",
        "`relaxed` lifts request limits and lets a loopback client name its address in X-Forwarded-For.")
    package static let logLevel = Variable(
        "LOG_LEVEL", .choice(["debug", "info", "warning", "error"]), default: "info", "The least that is logged.")
    package static let accessLog = Variable(
        "ACCESS_LOG", .choice(["all", "notable", "none"]), default: "notable",
        "Requests that are logged; `notable`: writes, refusals, failures and slow ones (the gateway logs all).")
    package static let eventLoops = Variable(
        "EVENT_LOOPS", .integer(0...128), default: "0",
        "Threads that serve requests; 0 takes what the CPU quota of the container grants.")
    package static let drainDelay = Variable(
        "DRAIN_DELAY_SECONDS", .integer(0...300), default: "5",
        "After SIGTERM, how long requests are still taken while the process already says that it is not ready.")
    package static let drainDeadline = Variable(
        "DRAIN_DEADLINE_SECONDS", .integer(1...600), default: "15",
        "After that, how long work in flight may take before the process exits anyway.")
    package static let publicURL = Variable(
        "PUBLIC_URL", .url(schemes: ["http", "https"]), default: "http://127.0.0.1:8080",
        "Where clients reach the gateway; addresses in answers begin with it.")

    static let common: [Variable] = [
        profile, redisURL, redisCacheURL, mongoURL, mongoPoolSize, httpHost, httpPort, adminPort, trustedProxies,
        limits,
        logLevel, accessLog, eventLoops, drainDelay, drainDeadline, publicURL,
    ]
}
