import BSON
import Domain
import JSON
import MongoClient
import Records

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
    var economy = EconomyConfiguration.standard

    func today(of person: UserID, tier: Tier, now: Instant) async throws -> (votes: Figure, generations: Figure) {
        let votes = client.collection(VoteCollections.votes.name)
        let generations = client.collection(GenerationRecord.collection.name)
        let start = now.nextUTCDay - .days(1)
        let cast = try await votes.count(["voterId": .id(person), "createdAt": ["$gte": .instant(start)]])
        let painted = try await generations.count([
            "userId": .id(person), "quotaDay": .string(now.utcDay), "status": ["$nin": ["failed", "cancelled"]],
        ])
        return (
            Figure(limit: economy.votesPerDay[tier], used: cast, resetsAt: now.nextUTCDay),
            Figure(limit: economy.generationsPerDay[tier], used: painted, resetsAt: now.nextUTCDay)
        )
    }
}
