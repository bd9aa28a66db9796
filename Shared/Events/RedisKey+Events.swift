import Domain
import RedisClient

extension RedisKey {
    /// Entries of any topic that a group has failed at too often, by the partition they came from.
    static func deadLetters(_ group: String, tag: String) -> RedisKey { RedisKey(tag, "dead", group) }

    /// Dead letters handed to their group once more.
    static func retries(_ group: String, tag: String) -> RedisKey { RedisKey(tag, "retry", group) }

    /// The groups behind whose oldest unacknowledged entry a stream is trimmed.
    static func criticalGroups(of stream: RedisKey) -> RedisKey { RedisKey(stream.text, "critical") }

    /// The hash tag of a stream, braces included.
    var tag: String { String(text.prefix { $0 != ":" }) }
}
