package import Domain
package import HTTPClient

/// Objects in a bucket of an S3-compatible store, by path-style requests signed with Signature Version 4.
package struct S3Store: ObjectStore {
    package struct Configuration: Sendable {
        package var bucket: String
        /// Scheme, host and port: `https://s3.eu-central-1.amazonaws.com`.
        package var endpoint: String
        package var region: String
        package var accessKey: String
        package var secretKey: String

        package init(bucket: String, endpoint: String, region: String, accessKey: String, secretKey: String) {
            self.bucket = bucket
            self.endpoint = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
            self.region = region
            self.accessKey = accessKey
            self.secretKey = secretKey
        }
    }

    private let configuration: Configuration
    private let client: HTTPClient
    private let clock: @Sendable () -> Instant
    private let host: String

    package init(configuration: Configuration, client: HTTPClient, clock: @escaping @Sendable () -> Instant) {
        self.configuration = configuration
        self.client = client
        self.clock = clock
        host = String(configuration.endpoint.split(separator: "/").last ?? "")
    }

    package func put(_ key: ObjectKey, _ bytes: [UInt8], contentType: String) async throws(ObjectStoreError) {
        let response = try await send("PUT", key.text, body: bytes, headers: [("content-type", contentType)])
        guard response.status == 200 else { throw Self.error(response) }
    }

    package func get(_ key: ObjectKey) async throws(ObjectStoreError) -> StoredObject {
        let response = try await send("GET", key.text)
        guard response.status == 200 else { throw Self.error(response) }
        return StoredObject(
            bytes: response.body, contentType: response.header("content-type") ?? ContentType.ofKey(key))
    }

    package func delete(_ key: ObjectKey) async throws(ObjectStoreError) {
        let response = try await send("DELETE", key.text)
        guard [200, 204, 404].contains(response.status) else { throw Self.error(response) }
    }

    package func ping() async throws(ObjectStoreError) {
        let response = try await send("HEAD", nil)
        guard response.status == 200 else { throw Self.error(response) }
    }

    /// Creates the bucket; one that is ours already is no error. For the local stack and tests.
    package func createBucket() async throws(ObjectStoreError) {
        let response = try await send("PUT", nil)
        guard [200, 409].contains(response.status) else { throw Self.error(response) }
    }

    private func send(
        _ method: String, _ key: String?, body: [UInt8] = [], headers: [(name: String, value: String)] = []
    ) async throws(ObjectStoreError) -> ClientResponse {
        let path = "/" + configuration.bucket + (key.map { "/\($0)" } ?? "")  // neither needs escaping
        let signature = AWSSignature(
            accessKey: configuration.accessKey, secretKey: configuration.secretKey, region: configuration.region)
        let signed = signature.headers(
            method: method, path: path, headers: headers + [(name: "host", value: host)], body: body, at: clock())
        do {
            return try await client.send(
                ClientRequest(
                    method, configuration.endpoint + path, headers: headers + signed, body: body, isIdempotent: true))
        } catch {
            throw .unavailable("\(error)")
        }
    }

    private static func error(_ response: ClientResponse) -> ObjectStoreError {
        if response.status == 404 { return .missing }
        let code = String(decoding: response.body, as: UTF8.self)
        let reason = "status \(response.status) \(tag("Code", of: code))"
        return response.status >= 500 || response.status == 429 ? .unavailable(reason) : .refused(reason)
    }

    /// The text of an element of the store's XML answer, for the log.
    private static func tag(_ name: String, of xml: String) -> Substring {
        let parts = xml.split(separator: "<").filter { $0.hasPrefix("\(name)>") }
        return parts.first?.dropFirst(name.count + 1).prefix(80) ?? ""
    }
}
