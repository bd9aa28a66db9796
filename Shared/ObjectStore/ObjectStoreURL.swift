package import Domain
package import HTTPClient

/// Which store a service uses, from `OBJECT_STORE_URL`: `file:///folder` or `s3://bucket?endpoint=https://…&region=…`.
package enum ObjectStoreURL: Equatable, Sendable {
    case folder(String)
    case bucket(name: String, endpoint: String, region: String)

    /// - Throws: `refused` with a reason that names what is wrong.
    package init(_ text: String) throws(ObjectStoreError) {
        if text.hasPrefix("file:///") {
            self = .folder(String(text.dropFirst(7)))
            return
        }
        guard text.hasPrefix("s3://") else { throw .refused("expected file:///… or s3://bucket?endpoint=…") }
        let parts = text.dropFirst(5).split(separator: "?", maxSplits: 1)
        var options: [String: String] = [:]
        for option in parts.dropFirst().first?.split(separator: "&") ?? [] {
            let pair = option.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, ["endpoint", "region"].contains(pair[0]) else {
                throw .refused("unknown option \(option)")
            }
            options[String(pair[0])] = String(pair[1])
        }
        guard let bucket = parts.first, !bucket.isEmpty, bucket.utf8.allSatisfy(Self.isBucketByte) else {
            throw .refused("no bucket, or one with letters that a bucket cannot have")
        }
        let region = options["region"] ?? "us-east-1"
        let endpoint = options["endpoint"] ?? "https://s3.\(region).amazonaws.com"
        let host =
            endpoint.hasPrefix("http://")
            ? endpoint.dropFirst(7) : endpoint.hasPrefix("https://") ? endpoint.dropFirst(8) : ""
        guard !host.isEmpty, !host.contains("/") || host.hasSuffix("/") else {
            throw .refused("the endpoint must be http(s)://host[:port]")
        }
        self = .bucket(name: String(bucket), endpoint: endpoint, region: region)
    }

    private static func isBucketByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// The host that the HTTP client must be allowed to reach inside the network; nil for a folder.
    package var host: String? {
        guard case .bucket(_, let endpoint, _) = self else { return nil }
        let authority = endpoint.split(separator: "/").last ?? ""
        guard !authority.hasPrefix("[") else { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" })
    }

    /// Opens the store.
    ///
    /// - Parameters:
    ///   - isLocalProfile: a folder is refused elsewhere, since the next machine would not see it.
    ///   - credentials: the access key and its secret; needed for a bucket.
    package func open(
        isLocalProfile: Bool, credentials: (accessKey: String, secretKey: String)?, client: HTTPClient,
        clock: @escaping @Sendable () -> Instant
    ) throws(ObjectStoreError) -> any ObjectStore {
        switch self {
        case .folder(let path):
            guard isLocalProfile else {
                throw .refused("a folder serves one machine only: CIRCLE_PROFILE=local, or a bucket")
            }
            return try FolderStore(root: path)
        case .bucket(let name, let endpoint, let region):
            guard let credentials else { throw .refused("a bucket needs an access key and its secret") }
            return S3Store(
                configuration: S3Store.Configuration(
                    bucket: name, endpoint: endpoint, region: region, accessKey: credentials.accessKey,
                    secretKey: credentials.secretKey), client: client, clock: clock)
        }
    }
}
