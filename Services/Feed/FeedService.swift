import ContentRules
import Domain
import Events
import HTTPServer
import MongoClient
import Records
package import ServiceKit

/// Posts and the feeds that show them.
package enum FeedService {
    package static let definition = ServiceDefinition(
        name: "feed", summary: "Posts and the feeds that show them.", variables: [.mediaSigningSecret],
        routes: { context in routes(context) },
        workers: [
            .init("projections", "Keeps in posts what others say of them: verdicts, votes, views, names.") { context in
                projections(context)
            },
            .init("rank", "Ranks recent posts anew once a minute, since trending decays.") { context in
                RankWorker(ranking: ranking(context), loops: context.loops)
            },
            .init("outbox", "Publishes events that an interrupted process left behind.") { context in
                outbox(context).relay
            },
        ])

    private static func routes(_ context: ServiceContext) -> [Route] {
        let database = context.mongo.database
        let posts = posts(context)
        let users = UserLookup(in: database)
        let generations = Lookup<GenerationRecord>(in: database)
        let relations = MongoRelations(users: users, relations: RelationLookup(in: database))
        let show = ShowPosts(
            posts: posts, relations: relations,
            marks: VoterMarks(
                voters: VoterLookup(redis: context.redis, in: database),
                votes: context.mongo.collection(VoteCollections.votes.name), now: { .now() }),
            pictures: PictureAddresses(context.configuration))
        let rules = ContentRules()
        let create = CreatePost(
            posts: posts, generation: { try await generations.byID(.id($0)) }, person: { try await users.byID($0) },
            rules: rules, now: { .now() })
        let read = ReadFeed(
            posts: posts, relations: relations, snapshots: RedisSnapshots(redis: context.cache), show: show,
            pages: PageCache(), now: { .now() })
        return PostRoutes(
            create: create, change: ChangePost(posts: posts, rules: rules), remove: RemovePost(posts: posts), show: show
        ).routes + FeedRoutes(read: read).routes
    }

    private static func projections(_ context: ServiceContext) -> EventConsumer {
        let projections = Projections(posts: posts(context), ranking: ranking(context))
        return EventConsumer(group: "feed.projections", redis: context.redis, options: .totals)
            .on(ContentApproved.self) { try await projections.approve($0.payload) }
            .on(ContentRejected.self) { try await projections.reject($0.payload) }
            .on(ContentFlagged.self) { try await projections.flag($0.payload) }
            .on(VoteTotalsChanged.self, together: \.postID) { events in
                try await projections.setVotes(events.map(\.payload))
            }
            .on(PostViewsChanged.self) { try await projections.setViews($0.payload) }
            .on(UserUpdated.self) { try await projections.rename($0.payload) }
    }

    private static func outbox(_ context: ServiceContext) -> Outbox {
        Outbox(
            collection: context.mongo.collection(PostRecord.collection.name), bus: EventBus(redis: context.redis))
    }

    private static func posts(_ context: ServiceContext) -> MongoPosts { MongoPosts(outbox(context), now: { .now() }) }

    private static func ranking(_ context: ServiceContext) -> RankPosts {
        RankPosts(posts: context.mongo.collection(PostRecord.collection.name), now: { .now() })
    }
}
