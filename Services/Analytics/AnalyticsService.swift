import Domain
import Events
import HTTPServer
import MongoClient
import Records
package import ServiceKit

/// Takes in what clients report, and counts views.
package enum AnalyticsService {
    package static let definition = ServiceDefinition(
        name: "analytics", summary: "Takes in what clients report, and counts views.",
        routes: { context in
            EventRoutes(
                events: MongoEvents(events: context.mongo.collection(AnalyticsCollections.events.name)), now: { .now() }
            ).routes
        },
        workers: [
            .init("views", "Counts views of posts, and the people who saw them.") { context in
                CountViews(
                    client: context.mongo, events: context.mongo.collection(AnalyticsCollections.events.name),
                    viewers: context.mongo.collection(AnalyticsCollections.postViewers.name), totals: totals(context),
                    posts: PostLookup(in: context.mongo.database), loops: context.loops, now: { .now() })
            },
            .init("outbox", "Publishes events that an interrupted process left behind.") { context in
                totals(context).relay
            },
        ])

    private static func totals(_ context: ServiceContext) -> Outbox {
        Outbox(
            collection: context.mongo.collection(AnalyticsCollections.postViews.name),
            bus: EventBus(redis: context.redis))
    }
}
