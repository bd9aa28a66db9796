import Domain
import Events
import Lifecycle
import ServiceKit
import Telemetry

/// Awards people for coming back, for whom they bring, and for posts at the top of the day.
struct BonusWorker: Service {
    let streaks: AwardStreaks
    let referrals: AwardReferrals
    let trending: AwardTrending
    let context: ServiceContext

    func run() async throws {
        let people = EventConsumer(group: "gems.bonuses", redis: context.redis)
            .on(SessionStarted.self) { [streaks] event in
                try await streaks(
                    event.payload.userID, activeAt: event.payload.startedAt, timeZone: event.payload.timeZone)
            }
            .on(SessionRefreshed.self) { [streaks] event in
                try await streaks(
                    event.payload.userID, activeAt: event.payload.refreshedAt, timeZone: event.payload.timeZone)
            }
            .on(ReferralValidated.self) { [referrals] in try await referrals($0.payload) }
        // A group of its own: a rush of votes must not hold up anybody's log-in.
        let posts = EventConsumer(group: "gems.trending", redis: context.redis, options: .totals)
            .on(VoteTotalsChanged.self, together: \.postID) { [trending] events in
                // The total is read, so one look covers all of them.
                if let last = events.last { try await trending(last.payload) }
            }
            .on(PostRemoved.self) { [trending] in try await trending.remove($0.payload.post.postID) }
        let sweep = BonusSweep(pay: referrals.pay, trending: trending, log: context.logger("bonuses"))
        try await ServicesTogether([people, posts, sweep]).run()
    }
}

/// Pays bonuses that waited for today, and looks at the top of the day as a whole.
struct BonusSweep: Service {
    let pay: PayBonus
    let trending: AwardTrending
    let log: Logger
    var interval = Duration.seconds(30)

    func run() async throws {
        let signal = ShutdownSignal.current ?? ShutdownSignal()
        while !signal.isRaised {
            do {
                try await pass()
            } catch {
                log.warning("the sweep over bonuses failed", ["reason": "\(error)"])
            }
            try? await signal.cancelling { try await pause(interval) }  // an early end is the signal's
        }
    }

    func pass() async throws {
        try await pay.payWaiting()
        try await trending.pass()
    }
}
