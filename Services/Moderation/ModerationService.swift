import ContentRules
import Domain
import Events
import HTTPServer
import MongoClient
import Records
package import ServiceKit

/// Decides what others may see.
package enum ModerationService {
    package static let definition = ServiceDefinition(
        name: "moderation", summary: "Decides what others may see.",
        routes: { context in
            let review = ReviewVotes(
                lookup: VoteReviewLookup(in: context.mongo.database),
                decisions: VoteDecisions(actions: decisions(context).actions, now: { .now() }))
            return ModerationRoutes(posts: PostLookup(in: context.mongo.database), decisions: decisions(context)).routes
                + VoteReviewRoutes(review: review).routes
        },
        workers: [
            .init("scan", "Looks at new and changed posts before others see them.") { context in
                let scan = ScanPost(rules: ContentRules(), decisions: decisions(context))
                return EventConsumer(group: "moderation.scan", redis: context.redis)
                    .on(PostCreated.self) { try await scan.created($0.payload) }
                    .on(PostUpdated.self) { try await scan.updated($0.payload) }
            },
            .init("outbox", "Publishes events that an interrupted process left behind.") { context in
                decisions(context).actions.relay
            },
        ])

    private static func decisions(_ context: ServiceContext) -> Decisions {
        let actions = context.mongo.collection(ModerationCollections.actions.name)
        return Decisions(
            actions: Outbox(collection: actions, bus: EventBus(redis: context.redis)), now: { .now() })
    }
}
