import ContentRules
import Domain
import Events
import HTTPServer
import Lifecycle
import MongoClient
import Records
package import ServiceKit

/// Decides what others may see.
package enum ModerationService {
    package static let definition = ServiceDefinition(
        name: "moderation", summary: "Decides what others may see.",
        routes: { context in
            let rings = rings(context)
            let review = ReviewVotes(lookup: rings.lookup, decisions: rings.votes)
            return ModerationRoutes(posts: PostLookup(in: context.mongo.database), decisions: decisions(context)).routes
                + VoteReviewRoutes(review: review, rings: rings).routes
        },
        workers: [
            .init("scan", "Looks at new and changed posts before others see them.") { context in
                let scan = ScanPost(rules: ContentRules(), decisions: decisions(context))
                return EventConsumer(group: "moderation.scan", redis: context.redis)
                    .on(PostCreated.self) { try await scan.created($0.payload) }
                    .on(PostUpdated.self) { try await scan.updated($0.payload) }
            },
            .init("outbox", "Publishes and finishes what an interrupted process left behind.") { context in
                let (relay, resumption) = (decisions(context).actions.relay, RingResumption(rings(context)))
                return ServiceBody {
                    async let relaying: Void = relay.run()
                    async let resuming: Void = resumption.run()
                    _ = try await (relaying, resuming)
                }
            },
        ])

    private static func rings(_ context: ServiceContext) -> RingDecisions {
        RingDecisions(
            lookup: VoteReviewLookup(in: context.mongo.database),
            votes: VoteDecisions(actions: decisions(context).actions, now: { .now() }))
    }

    private static func decisions(_ context: ServiceContext) -> Decisions {
        let actions = context.mongo.collection(ModerationCollections.actions.name)
        return Decisions(
            actions: Outbox(collection: actions, bus: EventBus(redis: context.redis)), now: { .now() })
    }
}
