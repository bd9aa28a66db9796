import Domain
import Events
import Lifecycle
import Runtime
import ServiceKit
import Telemetry

/// Feeds referrals with what happens to newcomers, and looks after those that wait.
struct ReferralWorker: Service {
    let referrals: FollowReferrals
    let context: ServiceContext
    var interval = Duration.seconds(60)

    func run() async throws {
        let consumer = EventConsumer(group: "social.referrals", redis: context.redis)
            .on(UserRegistered.self) { [referrals] event in
                guard let referrer = event.payload.referredBy else { return }
                try await referrals.registered(event.payload.userID, by: referrer, at: event.payload.createdAt)
            }
            .on(EmailVerified.self) { [referrals] in try await referrals.changed($0.payload.userID) }
            .on(UserUnbanned.self) { [referrals] in try await referrals.changed($0.payload.userID) }
            .on(StreakExtended.self) { [referrals] in
                try await referrals.active($0.payload.userID, on: $0.payload.day)
            }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await consumer.run() }
            group.addTask { await sweep() }
            try await group.waitForAll()
        }
    }

    private func sweep() async {
        let signal = ShutdownSignal.current ?? ShutdownSignal()
        let loop = EventLoop.current ?? context.loops.next()
        let log = context.logger("referrals")
        while !signal.isRaised {
            do {
                try await referrals.pass()
            } catch {
                log.warning("the sweep over referrals failed", ["reason": "\(error)"])
            }
            try? await signal.cancelling { try await loop.sleep(for: interval) }  // an early end is the signal's
        }
    }
}
