import BSON
import Domain
import JSON
import MongoClient
import Records
import RedisClient

/// What somebody has used of a day's votes and pictures, read from those who count them.
struct DailyUsage: Sendable {
    struct Figure: JSONWritable, Sendable {
        let limit: Int
        let used: Int
        let resetsAt: Instant

        func write(to writer: inout JSONWriter) {
            writer.object {
                $0.field("limit", limit)
                $0.field("used", used)
                $0.field("resetsAt", resetsAt.iso8601)
            }
        }
    }

    let client: MongoClient
    let voters: VoterLookup
    var economy = EconomyConfiguration.standard

    func today(of person: UserID, tier: Tier, now: Instant) async throws -> (votes: Figure, generations: Figure) {
        let generations = client.collection(GenerationRecord.collection.name)
        let cast = try await voters.used(by: person, at: now)
        // A job that gave its place back has no day any more.
        let painted = try await generations.count(["userId": .id(person), "quotaDay": .string(now.utcDay)])
        return (
            Figure(limit: economy.votesPerDay[tier], used: cast, resetsAt: now.nextUTCDay),
            Figure(limit: economy.generationsPerDay[tier], used: painted, resetsAt: now.nextUTCDay)
        )
    }
}
