import Domain
import Events
import HTTPServer
import Lifecycle
import MongoClient
import Records
package import ServiceKit

/// Who follows, blocks and mutes whom, and who brought whom.
package enum SocialService {
    package static let definition = ServiceDefinition(
        name: "social", summary: "Who follows, blocks and mutes whom, and who brought whom.",
        routes: { context in
            let routes = RelationRoutes(
                relations: relations(context), users: UserLookup(in: context.mongo.database),
                lookup: RelationLookup(in: context.mongo.database))
            return routes.routes
        },
        workers: [
            .init("outbox", "Publishes events that an interrupted process left behind.") { context in
                (relations(context).outboxes + [referrals(context).outbox]).relays
            },
            .init("referrals", "Follows newcomers whom somebody brought until they count.") { context in
                ReferralWorker(referrals: referrals(context), context: context)
            },
        ])

    private static func referrals(_ context: ServiceContext) -> FollowReferrals {
        FollowReferrals(database: context.mongo.database, bus: EventBus(redis: context.redis))
    }

    private static func relations(_ context: ServiceContext) -> MongoRelations {
        MongoRelations(database: context.mongo.database, bus: EventBus(redis: context.redis), now: { .now() })
    }
}
