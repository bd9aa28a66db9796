// swift-tools-version: 6.2
import PackageDescription

// One helper per kind of target; the compiler settings are written once, here.
// Dependencies run one way: Domain, BSON, JSON, Telemetry <- Runtime, Lifecycle <- RedisClient, MongoClient, HTTPServer,
// HTTPClient <- Events, Records, ServiceKit, ... <- Services. Services never depend on each other.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]
let memorySafe: [SwiftSetting] =
    strict + [.strictMemorySafety(), .treatWarning("StrictMemorySafety", as: .error)]

/// A C library of the distribution, seen through a module map and a shim header in `Shared/NAME`.
func system(_ name: String, pkgConfig: String? = nil, apt: String? = nil) -> Target {
    .systemLibrary(
        name: name, path: "Shared/\(name)", pkgConfig: pkgConfig, providers: apt.map { [.apt([$0])] } ?? [])
}

/// A library of the foundation. `wraps` names the C libraries that only this target may import.
func shared(_ name: String, _ dependencies: [String] = [], wraps: [String] = [], scripts: Bool = false) -> Target {
    .target(
        name: name, dependencies: (dependencies + wraps).map { .byName(name: $0) }, path: "Shared/\(name)",
        exclude: ["README.md"], resources: scripts ? [.embedInCode("Scripts")] : [],
        swiftSettings: wraps.isEmpty ? memorySafe : strict)
}

/// A service: a library with all of its code, and an executable of a dozen lines in `Main`.
func service(
    _ name: String, executable: String, _ dependencies: [String] = [], wraps: [String] = [], scripts: Bool = false,
    suffix: String = "Service", apart: [String] = []
) -> [Target] {
    let library = name + suffix
    return [
        .target(
            name: library, dependencies: (dependencies + wraps).map { .byName(name: $0) }, path: "Services/\(name)",
            exclude: ["Main", "README.md"] + apart, resources: scripts ? [.embedInCode("Scripts")] : [],
            swiftSettings: wraps.isEmpty ? memorySafe : strict),
        .executableTarget(
            name: executable,
            dependencies: ([library] + dependencies.filter { $0 == "ServiceKit" }).map { .byName(name: $0) },
            path: "Services/\(name)/Main", swiftSettings: memorySafe),
    ]
}

func tests(
    _ name: String, _ dependencies: [String], exclude: [String] = [], resources: [Resource] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies.map { .byName(name: $0) }, path: "Tests/\(name)Tests",
        exclude: exclude, resources: resources,
        swiftSettings: [
            .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            .treatAllWarnings(as: .error),
        ])
}

/// What every service stands on.
let kit = [
    "Domain", "BSON", "JSON", "Telemetry", "Runtime", "Lifecycle", "RedisClient", "MongoClient", "HTTPServer", "Events",
    "Records", "Security", "ServiceKit",
]

let package = Package(
    name: "circle-for-life",
    targets: [
        // C libraries
        system("CLinux"),
        system("CMicrohttpd", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev"),
        system("CWslay", apt: "libwslay-dev"),
        system("CHiredis", pkgConfig: "hiredis", apt: "libhiredis-dev"),
        system("CMongoc", pkgConfig: "libmongoc-1.0", apt: "libmongoc-dev"),
        system("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
        system("CArgon2", pkgConfig: "libargon2", apt: "libargon2-dev"),
        system("CCrypt", pkgConfig: "libcrypt", apt: "libcrypt-dev"),
        system("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        system("CVips", pkgConfig: "vips", apt: "libvips-dev"),
        system("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        system("CLua", pkgConfig: "lua5.1", apt: "liblua5.1-0-dev"),
        system("CPCRE2", pkgConfig: "libpcre2-8", apt: "libpcre2-dev"),
        system("CIntelDecimal", apt: "libintelrdfpmath-dev"),
        system("CStemmer", apt: "libstemmer-dev"),

        // Values: no I/O
        shared("BSON"),
        shared("JSON"),
        shared("Domain", ["BSON"]),
        shared("ContentRules", ["Domain"]),
        shared("Telemetry", wraps: ["CLinux"]),

        // Processes, loops, wires
        shared("Runtime", ["Telemetry"], wraps: ["CLinux"]),
        shared("Lifecycle", ["Runtime", "Telemetry"], wraps: ["CLinux"]),
        shared(
            "HTTPServer", ["Runtime", "Telemetry", "JSON", "BSON", "Domain"],
            wraps: ["CMicrohttpd", "CWslay", "CLinux"]),
        shared("HTTPClient", ["Runtime", "Telemetry"], wraps: ["CCurl", "CLinux"]),
        shared("RedisClient", ["Runtime", "Telemetry"], wraps: ["CHiredis", "CLinux"]),
        shared("MongoClient", ["Runtime", "Telemetry", "BSON"], wraps: ["CMongoc"]),

        // The embedded painter: optimised in debug builds too, or one picture would take a minute there.
        .target(
            name: "Painter", path: "Services/Generation/Painter",
            swiftSettings: memorySafe + [.unsafeFlags(["-O"], .when(configuration: .debug))]),

        // What services share
        shared(
            "Events", ["Domain", "BSON", "JSON", "Telemetry", "Runtime", "Lifecycle", "RedisClient", "MongoClient"],
            scripts: true),
        shared("Records", ["Domain", "BSON", "JSON", "MongoClient", "RedisClient", "Runtime"]),
        shared("Security", ["Domain", "BSON", "JSON"], wraps: ["COpenSSL", "CArgon2", "CCrypt"]),
        shared(
            "Ledger",
            ["Domain", "BSON", "JSON", "MongoClient", "Records", "Security", "Events", "Runtime", "Telemetry"]),
        shared("Media", ["Runtime"], wraps: ["CVips"]),
        shared("ObjectStore", ["Domain", "Runtime", "HTTPClient", "Security", "Telemetry"], wraps: ["CLinux"]),
        shared(
            "ServiceKit",
            [
                "Domain", "BSON", "JSON", "Telemetry", "Runtime", "Lifecycle", "RedisClient", "MongoClient",
                "HTTPServer",
                "Events", "Records", "Security",
            ], scripts: true),
        shared(
            "TestSupport",
            [
                "Domain", "BSON", "JSON", "Telemetry", "Runtime", "Lifecycle", "RedisClient", "MongoClient",
                "HTTPClient",
                "HTTPServer", "Events", "Records", "Security", "ServiceKit",
            ]),
    ]
        // Services
        + service("Auth", executable: "auth", kit)
        + service("Feed", executable: "feed", kit + ["ContentRules", "ObjectStore"])
        + service("Voting", executable: "voting", kit, scripts: true)
        + service("Gems", executable: "gems", kit + ["Ledger"])
        + service("Moderation", executable: "moderation", kit + ["ContentRules"])
        + service(
            "Generation", executable: "generation",
            kit + ["ContentRules", "Ledger", "Media", "ObjectStore", "HTTPClient", "Painter"],
            scripts: true, apart: ["Painter"])
        + service("Notifications", executable: "notifications", kit + ["Ledger", "ObjectStore"], scripts: true)
        + service("Social", executable: "social", kit)
        + service("Analytics", executable: "analytics", kit)
        + service("Circlectl", executable: "circlectl", kit, suffix: "Commands")

        // The local stack and its document server
        + service(
            "Docstore", executable: "docstore", ["BSON"],
            wraps: ["CSQLite", "CPCRE2", "CIntelDecimal", "CStemmer", "CLinux"], suffix: "Engine")
        + service(
            "LocalStack", executable: "stack", ["JSON"], wraps: ["CLinux"], suffix: "Supervisor")
        + [
            // Figures beside those of peers. Run by `make bench`.
            .executableTarget(
                name: "bench",
                dependencies: [
                    "BSON", "Domain", "Events", "JSON", "MongoClient", "Records", "RedisClient", "Runtime", "Security",
                    "Telemetry", "VotingService", "CLinux",
                ], path: "Tests/Benchmarks/Bench", swiftSettings: strict),
            // The whole loop and every error, through the gateway of a stack of its own. Run by `make test`.
            .executableTarget(
                name: "end-to-end",
                dependencies: ["LocalStackSupervisor", "JSON", "BSON", "Domain", "MongoClient", "Records"],
                path: "Tests/EndToEnd", exclude: ["README.md"], swiftSettings: memorySafe),
            tests("BSON", ["BSON"]),
            tests("JSON", ["JSON"]),
            tests("Domain", ["Domain", "BSON"]),
            tests("ContentRules", ["ContentRules", "Domain"]),
            tests("Telemetry", ["Telemetry"]),
            tests("Runtime", ["Runtime"]),
            tests("HTTPServer", ["HTTPServer", "JSON", "Runtime", "Telemetry", "CLinux"]),
            tests("HTTPClient", ["HTTPClient", "Runtime"]),
            tests("RedisClient", ["RedisClient", "Runtime", "TestSupport"]),
            tests("MongoClient", ["MongoClient", "BSON", "Runtime", "TestSupport"]),
            tests(
                "Events",
                [
                    "Events", "Domain", "BSON", "JSON", "Lifecycle", "Runtime", "RedisClient", "MongoClient",
                    "Telemetry",
                    "TestSupport",
                ]),
            tests("Records", ["Records", "BSON", "Domain", "JSON", "MongoClient", "TestSupport"]),
            tests("Security", ["Security", "Domain", "BSON", "JSON"]),
            tests("Ledger", ["Ledger", "Domain", "BSON", "MongoClient", "Records", "Security", "TestSupport"]),
            tests("Media", ["Media", "Runtime"]),
            tests("ObjectStore", ["ObjectStore", "Domain", "HTTPClient", "Runtime", "TestSupport"]),
            tests("ServiceKit", kit + ["TestSupport"]),
            tests("AuthService", kit + ["AuthService", "CirclectlCommands", "TestSupport"]),
            tests("FeedService", kit + ["FeedService", "TestSupport"]),
            tests("VotingService", kit + ["VotingService", "TestSupport"]),
            tests("GemsService", kit + ["GemsService", "Ledger", "TestSupport"]),
            tests("ModerationService", kit + ["ModerationService", "ContentRules", "TestSupport"]),
            tests("Painter", ["Painter"]),
            tests(
                "GenerationService",
                kit + [
                    "ContentRules", "GenerationService", "HTTPClient", "Ledger", "Media", "ObjectStore", "TestSupport",
                ]),
            tests("NotificationsService", kit + ["NotificationsService", "TestSupport"]),
            tests("SocialService", kit + ["SocialService", "TestSupport"]),
            tests("AnalyticsService", kit + ["AnalyticsService", "TestSupport"]),
            tests("DocstoreEngine", ["DocstoreEngine", "BSON", "TestSupport"], resources: [.copy("Recordings")]),
            tests("LocalStack", ["LocalStackSupervisor", "JSON"]),
            // Votes, settlement, spending and bans in memory, with crashes at every step. No server, no clock.
            tests("Simulation", kit + ["VotingService", "GemsService", "Ledger", "CLua"], exclude: ["README.md"]),
        ],
    swiftLanguageModes: [.v6]
)

// `make fuzz` alone: all it fuzzes is built with the sanitizers, in a folder of its own.
if Context.environment["CIRCLE_FUZZ"] != nil {
    let fuzzed: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer,address", "-enable-testing"])]
    for target in package.targets where ["BSON", "DocstoreEngine"].contains(target.name) {
        target.swiftSettings = (target.swiftSettings ?? []) + fuzzed
    }
    package.targets.append(
        .executableTarget(
            name: "docstore-fuzz", dependencies: ["DocstoreEngine", "BSON"], path: "Tests/DocstoreFuzz",
            swiftSettings: strict + fuzzed, linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])])
    )
}

// The simulation alone, so that its ten thousand seeds can be tried in release without a build of everything else.
if Context.environment["CIRCLE_SIMULATION"] != nil {
    var (needed, open) = (Set<String>(), ["SimulationTests"])
    while let name = open.popLast() {
        guard needed.insert(name).inserted else { continue }
        for case .byNameItem(let dependency, _) in package.targets.first(where: { $0.name == name })?.dependencies ?? []
        {
            open.append(dependency)
        }
    }
    package.targets.removeAll { !needed.contains($0.name) }
}
