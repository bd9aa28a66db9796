import Domain
import Events
import HTTPServer
import Ledger
import Lifecycle
import MongoClient
import ObjectStore
import Records
package import ServiceKit

/// Tells people what happened: notifications kept for them, and frames over their WebSockets.
package enum NotificationsService {
    package static let definition = ServiceDefinition(
        name: "notifications", summary: "Tells people what happened.", variables: [.mediaSigningSecret],
        routes: { context in routes(context) },
        workers: [
            .init("tell", "Turns events into notifications and realtime frames.") { context in consumer(context) }
        ])

    private static func routes(_ context: ServiceContext) -> [Route] {
        let hub = Hub(now: { .now() })
        context.revocations.onRevocation { hub.revoke($0) }
        let messages = context.redis.subscribe(Mailboxes.channels)
        context.loops.next().spawn { await hub.pass(on: messages) }
        let devices = MongoDevices(devices: context.mongo.collection(NotificationCollections.devices.name))
        let realtime = RealtimeRoutes(
            hub: hub, mailboxes: mailboxes(context), tickets: Tickets(redis: context.redis),
            authentication: context.authentication, now: { .now() })
        return NotificationRoutes(notifications: notifications(context), devices: devices, now: { .now() }).routes
            + realtime.routes
    }

    private static func consumer(_ context: ServiceContext) -> EventConsumer {
        let database = context.mongo.database
        let signer = MediaSigner(secret: context.configuration.string(.mediaSigningSecret))
        let people = TellPeople(
            notifications: notifications(context), mailboxes: mailboxes(context),
            accounts: GemAccounts(database: database), generations: Lookup(in: database),
            posts: PostLookup(in: database), database: database,
            signPicture: { url in signer?.sign(url, until: .now() + GenerationView.addressLife) ?? url })
        return EventConsumer(group: "notifications.tell", redis: context.redis, options: .totals)
            .on(UserFollowed.self) { try await people.tell(Notice($0.payload)) }
            .on(PostRejected.self) { try await people.tell(Notice($0.payload)) }
            .on(StreakExtended.self) { try await people.tell(Notice($0.payload)) }
            .on(VoteTotalsChanged.self, together: \.postID) { events in
                // The total is read, so one look covers all of them.
                if let last = events.last { try await people.votes(last.payload) }
            }
            .on(GemsEarned.self) { event in
                try await people.tell(Notice(event.payload))
                try await people.balance(of: event.payload.userID)
            }
            .on(GemsSpent.self) { try await people.balance(of: $0.payload.userID) }
            .on(GenerationQueued.self) { try await people.generation($0.payload.generationID, of: $0.payload.userID) }
            .on(GenerationStarted.self) { try await people.generation($0.payload.generationID, of: $0.payload.userID) }
            .on(GenerationCompleted.self) { event in
                try await people.tell(Notice(event.payload))
                try await people.generation(event.payload.generationID, of: event.payload.userID)
            }
            .on(GenerationFailed.self) { event in
                try await people.tell(Notice(event.payload))
                try await people.generation(event.payload.generationID, of: event.payload.userID)
            }
    }

    private static func notifications(_ context: ServiceContext) -> MongoNotifications {
        MongoNotifications(notifications: context.mongo.collection(NotificationCollections.notifications.name))
    }

    private static func mailboxes(_ context: ServiceContext) -> Mailboxes {
        Mailboxes(redis: context.redis, now: { .now() })
    }
}

extension Variable {
    static let mediaSigningSecret = Variable(
        "MEDIA_SIGNING_SECRET", .secret(minimum: MediaSigner.shortestSecret),
        "Signs addresses of pictures that not everybody may see; the same as generation's.")
}
