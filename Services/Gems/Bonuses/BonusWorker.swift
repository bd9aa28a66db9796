import Domain
import Events
import Lifecycle
import ServiceKit

/// Awards people for coming back, as their sessions tell.
struct BonusWorker: Service {
    let streaks: AwardStreaks
    let context: ServiceContext

    func run() async throws {
        try await EventConsumer(group: "gems.bonuses", redis: context.redis)
            .on(SessionStarted.self) { [streaks] event in
                try await streaks(
                    event.payload.userID, activeAt: event.payload.startedAt, timeZone: event.payload.timeZone)
            }
            .on(SessionRefreshed.self) { [streaks] event in
                try await streaks(
                    event.payload.userID, activeAt: event.payload.refreshedAt, timeZone: event.payload.timeZone)
            }
            .run()
    }
}
