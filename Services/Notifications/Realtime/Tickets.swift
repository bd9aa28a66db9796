import Domain
import RedisClient
import Security

/// Lets clients that cannot send headers open a WebSocket: a ticket stands for the access token it was bought with.
struct Tickets: Sendable {
    static let lifetime = Duration.seconds(60)

    let redis: RedisClient

    /// - Returns: the ticket; it works once, within `lifetime`.
    func issue(for accessToken: String) async throws -> String {
        let ticket = RandomBytes.token(bytes: 24)
        try await redis.set(.ticket(SHA256.hexDigest(ticket)), .text(accessToken), expiry: Self.lifetime)
        return ticket
    }

    /// The token that a ticket stands for; nil when it was used, has expired or never was.
    func redeem(_ ticket: String) async throws -> String? {
        guard (1...128).contains(ticket.utf8.count) else { return nil }
        return try await redis.send(["GETDEL", .key(.ticket(SHA256.hexDigest(ticket)))]).text
    }
}
