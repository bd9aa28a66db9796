package import Domain
package import RedisClient

/// A session or a person whose access tokens are no longer accepted, though they have not expired.
package enum Revocation: Sendable, Hashable {
    case session(SessionID)
    /// Every token issued to the person until then.
    case person(UserID, issuedUntil: Instant)

    /// How long a revocation matters: an access token's life and a minute for clocks that differ.
    package static let lifetime = Duration.seconds(16 * 60)

    /// The fields of its stream entry.
    package var fields: [(name: String, value: String)] {
        switch self {
        case .session(let session): [("session", session.hex)]
        case .person(let person, let until): [("person", person.hex), ("until", String(until.milliseconds))]
        }
    }

    /// Reads a stream entry's fields; nil for what this release does not know.
    package init?(fields: [RedisReply]) {
        var values: [String: String] = [:]
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            if let name = fields[index].text { values[name] = fields[index + 1].text }
        }
        if let session = values["session"].flatMap(SessionID.init(hex:)) {
            self = .session(session)
        } else if let person = values["person"].flatMap(UserID.init(hex:)),
            let until = values["until"].flatMap(Int64.init)
        {
            self = .person(person, issuedUntil: Instant(milliseconds: until))
        } else {
            return nil
        }
    }

    /// The command that tells every process. The stream is trimmed by age: what it drops, no token can still need.
    package func command(now: Instant) -> RedisCommand {
        let oldest = now.milliseconds - 20 * 60 * 1000
        var arguments: [RedisArgument] = [
            "XADD", .key(.revocations), "MINID", "~", RedisArgument(oldest), "*",
        ]
        for field in fields { arguments += [.text(field.name), .text(field.value)] }
        return RedisCommand(arguments)
    }
}
