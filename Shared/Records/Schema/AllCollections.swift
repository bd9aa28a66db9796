package import MongoClient

/// Every collection of the suite, for `migrate`.
package enum AllCollections {
    package static let declarations: [CollectionDeclaration] =
        PeopleCollections.all + [PostRecord.collection] + VoteCollections.all + GemCollections.all
        + GenerationCollections.all
        + ModerationCollections.all + SocialCollections.all + NotificationCollections.all + AnalyticsCollections.all
}
