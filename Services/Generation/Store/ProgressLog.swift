import Domain
import RedisClient

/// What happened to a picture, in order, for those who watch: a short stream that is kept an hour. The job itself is the
/// truth; what is lost here is only the play-by-play.
struct ProgressLog: Sendable {
    enum Step: Equatable, Sendable {
        case queued, started
        /// 0...1
        case progress(Double)
        /// Completed, failed or cancelled: the job says which.
        case ended
    }

    struct Entry: Sendable {
        let id: RedisStreamID
        let step: Step
    }

    private static let kept = 3_600

    let redis: RedisClient

    func add(_ step: Step, to id: GenerationID, of user: UserID) async throws(RedisError) {
        let key = RedisKey.generationProgress(id, of: user)
        _ = try await redis.pipeline([
            ["XADD", .key(key), "MAXLEN", "~", 200, "*", "s", .text(Self.word(step))],
            ["EXPIRE", .key(key), RedisArgument(Self.kept)], ["PUBLISH", .text(progressChannel(id)), "+"],
        ])
    }

    /// Entries after `last`, oldest first.
    func entries(of id: GenerationID, user: UserID, after last: RedisStreamID?) async throws(RedisError) -> [Entry] {
        let start = last.map { "(\($0)" } ?? "-"
        return try await redis.xrange(.generationProgress(id, of: user), from: start, count: 200).compactMap { entry in
            Self.step(entry.text("s") ?? "").map { Entry(id: entry.id, step: $0) }
        }
    }

    /// Says when something was added, until dropped.
    func changes(of id: GenerationID) -> AsyncStream<RedisPush> { redis.subscribe([progressChannel(id)]) }

    private static func word(_ step: Step) -> String {
        switch step {
        case .queued: "queued"
        case .started: "started"
        case .progress(let share): "progress:\(Int(share * 100))"
        case .ended: "ended"
        }
    }

    private static func step(_ word: String) -> Step? {
        switch word {
        case "queued": return .queued
        case "started": return .started
        case "ended": return .ended
        default:
            guard word.hasPrefix("progress:"), let percent = Int(word.dropFirst(9)) else { return nil }
            return .progress(Double(percent) / 100)
        }
    }
}
