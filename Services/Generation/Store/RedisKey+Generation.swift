import Domain
import RedisClient

extension RedisKey {
    /// Sorted set of the pictures that count for a person's UTC day.
    static func generationQuota(_ user: UserID, day: String) -> RedisKey {
        RedisKey(Partition(of: user).tag, "quota", "generation", user.hex, day)
    }

    /// Stream of what happens to one picture, for server-sent events; kept an hour.
    static func generationProgress(_ id: GenerationID, of user: UserID) -> RedisKey {
        RedisKey(Partition(of: user).tag, "generation", "progress", id.hex)
    }
}

/// The channel that says: something was added to the progress of a picture.
func progressChannel(_ id: GenerationID) -> String { "generation:progress:\(id.hex)" }
