import JSON
package import RedisClient

/// The last words of every process, from which `GET /v1/status` is answered.
package struct Heartbeats: Sendable {
    private static let writing = RedisScript(PackageResources.heartbeat_lua)
    private static let reading = RedisScript(PackageResources.heartbeats_lua)
    /// A process that said nothing for longer is not there.
    package static let silence = Duration.seconds(15)
    package static let period = Duration.seconds(3)
    private static let forgetMilliseconds = 600_000

    /// What one process says of itself.
    package struct Beat: Sendable, Equatable {
        package let service: String
        package let instance: String
        package let roles: [String]
        package let status: String

        package init(service: String, instance: String, roles: [String], status: String) {
            self.service = service
            self.instance = instance
            self.roles = roles
            self.status = status
        }
    }

    let redis: RedisClient

    package init(redis: RedisClient) { self.redis = redis }

    package func write(_ beat: Beat) async throws(RedisError) {
        var writer = JSONWriter()
        writer.object {
            $0.field("service", beat.service)
            $0.field("instance", beat.instance)
            $0.field("roles", beat.roles)
            $0.field("status", beat.status)
        }
        _ = try await redis.run(
            Self.writing, keys: [.heartbeats],
            arguments: [
                .text("\(beat.service)/\(beat.instance)"), .bytes(writer.bytes), RedisArgument(Self.forgetMilliseconds),
            ])
    }

    /// Says good-bye: a process that ends in order is not missed.
    package func remove(_ beat: Beat) async throws(RedisError) {
        _ = try await redis.send(["HDEL", .key(.heartbeats), .text("\(beat.service)/\(beat.instance)")])
    }

    /// - Returns: every process that is remembered, and how long it has been silent.
    package func read() async throws(RedisError) -> [(beat: Beat, silentFor: Duration)] {
        let parts = try await redis.run(Self.reading, keys: [.heartbeats]).requireArray()
        var beats: [(beat: Beat, silentFor: Duration)] = []
        for index in stride(from: 0, to: parts.count - 2, by: 3) {
            guard let silence = parts[index + 1].integer, let state = parts[index + 2].bytes,
                let beat = Self.beat(state)
            else { continue }
            beats.append((beat, .milliseconds(silence)))
        }
        return beats
    }

    private static func beat(_ state: [UInt8]) -> Beat? {
        // An entry of another release that does not parse is a process we know nothing of.
        guard let json = try? JSONParser.parse(state), let service = json["service"]?.string,
            let instance = json["instance"]?.string, let status = json["status"]?.string
        else { return nil }
        let roles = json["roles"]?.array?.compactMap(\.string) ?? []
        return Beat(service: service, instance: instance, roles: roles, status: status)
    }
}
