import BSON
import Domain
import Events
import MongoClient
import Records
import RedisClient
import Telemetry

/// The permanent record of votes: pairs, totals, standings, evidence; changed in one transaction a batch.
struct MongoVotes: Sendable {
    let mongo: MongoClient
    let votes: MongoCollection
    let authorTotals: Outbox
    let postTotals: Outbox
    let voters: Outbox
    private let evidence: MongoCollection
    private let positions: MongoCollection

    init(mongo: MongoClient, bus: EventBus) {
        self.mongo = mongo
        votes = mongo.collection(VoteCollections.votes.name)
        authorTotals = Outbox(collection: mongo.collection(VoteCollections.authorTotals.name), bus: bus)
        postTotals = Outbox(collection: mongo.collection(VoteCollections.postTotals.name), bus: bus)
        voters = Outbox(collection: mongo.collection(VoteCollections.voters.name), bus: bus)
        evidence = mongo.collection(VoteCollections.evidence.name)
        positions = mongo.collection(VoteCollections.positions.name)
    }

    /// What a batch concerns: known before it is read.
    struct Scope: Sendable {
        var partition: Partition
        var pairs: Set<ObjectID> = []
        var voters: Set<UserID> = []
        var authors: Set<UserID> = []
        var posts: Set<PostID> = []
        /// The newest stream id of the batch; nil for changes that do not come from the stream.
        var position: RedisStreamID?
        /// Of votes that turn out to be new.
        var evidence: [ObjectID: BSONDocument] = [:]
        /// What changes in the evidence of votes that turn out to be flagged.
        var evidenceUpdates: [ObjectID: BSONDocument] = [:]
        /// Told together with the author's totals, where the vote turns out to be flagged.
        var flags: [ObjectID: VoteFlagged] = [:]
        /// Whether the pairs move with their voter's standing: the voter's document then says how many have moved so far,
        /// so that whoever finishes what others began can tell of all of them.
        var followsStanding = false

        init(partition: Partition) { self.partition = partition }

        /// Pairs of voters of one partition.
        init(_ pairs: [VoteRecord]) {
            self.init(partition: Partition(of: pairs[0].voterID))
            self.pairs = Set(pairs.map(\.id))
            voters = Set(pairs.map(\.voterID))
            authors = Set(pairs.map(\.authorID))
            posts = Set(pairs.map(\.postID))
        }
    }

    /// Reads a batch's pairs and totals, lets `body` change them, and writes all of it, or nothing.
    ///
    /// Concurrent batches of a partition collide on its position, and changes of a voter's standing on the voter: one of
    /// the two runs again, with what the other wrote.
    func change(
        _ scope: Scope, at now: Instant, _ body: @escaping @Sendable (inout VoteBook) throws -> Void
    ) async throws -> VoteBook {
        let (book, sent) = try await mongo.withTransaction { session in
            var book = try await load(scope, at: now, in: session)
            try body(&book)
            return (book, try await save(book, scope, in: session))
        }
        await authorTotals.deliver(sent.authors)
        await postTotals.deliver(sent.posts)
        return book
    }

    private typealias Sent = (filter: BSONDocument, events: [OutgoingEvent])

    private func load(_ scope: Scope, at now: Instant, in session: MongoSession) async throws -> VoteBook {
        let pairs = try await votes.find(
            ["_id": ["$in": .array(scope.pairs.map { .objectID($0) })]], in: session)
        let standings = try await voters.collection.find(
            ["_id": ["$in": .array(scope.voters.map { .id($0) })]], in: session)
        let authors = try await authorTotals.collection.find(
            ["_id": ["$in": .array(scope.authors.map { AuthorTotals.id($0, scope.partition) })]], in: session)
        let posts = try await postTotals.collection.find(
            ["_id": ["$in": .array(scope.posts.map { PostTotals.id($0, scope.partition) })]], in: session)
        return VoteBook(
            partition: scope.partition, now: now, pairs: try pairs.map { try VoteRecord($0) },
            authors: try authors.map { try AuthorTotals($0) }, posts: try posts.map { try PostTotals($0) },
            standings: Dictionary(
                uniqueKeysWithValues: try standings.map { document in
                    (try document.requireID("_id"), document.string("standing").flatMap(VoterStanding.init) ?? .good)
                }))
    }

    private func save(
        _ book: VoteBook, _ scope: Scope, in session: MongoSession
    ) async throws -> (authors: [Sent], posts: [Sent]) {
        _ = try await votes.bulk(
            book.changedPairs.compactMap { book.pairs[$0] }.map { pair in
                .replaceOne(
                    filter: ["_id": .objectID(pair.id), "postId": .id(pair.postID)], replacement: pair.document,
                    upsert: true)
            }, in: session)
        _ = try await evidence.bulk(
            book.newPairs.compactMap { id in
                scope.evidence[id].map {
                    .replaceOne(filter: ["_id": .objectID(id)], replacement: $0, upsert: true)
                }
            }
                + book.flaggedPairs.compactMap { id in
                    scope.evidenceUpdates[id].map { .updateOne(filter: ["_id": .objectID(id)], update: $0) }
                }, in: session)
        _ = try await voters.collection.bulk(touches(scope, book), in: session)
        if let position = scope.position { try await advance(scope.partition, to: position, book.now, in: session) }
        return (
            try await saveAuthors(book, scope, in: session), try await savePosts(book, in: session)
        )
    }

    /// Changes each voter's document, so that a change of standing collides with the batch; those that are there at once.
    private func touches(_ scope: Scope, _ book: VoteBook) -> [WriteOperation] {
        let voters = scope.voters
        var counts: BSONDocument = ["touched": .int64(1)]
        if scope.followsStanding { counts.append("moved", .int64(Int64(book.changedPairs.count))) }
        let touch: BSONDocument = ["$set": ["updatedAt": .instant(book.now)], "$inc": .document(counts)]
        let known = voters.filter { book.standings[$0] != nil }
        let new = voters.subtracting(known).map {
            WriteOperation.updateOne(filter: ["_id": .id($0)], update: touch, upsert: true)
        }
        guard !known.isEmpty else { return new }
        return [.updateMany(filter: ["_id": ["$in": .array(known.map { .id($0) })]], update: touch)] + new
    }

    private func advance(
        _ partition: Partition, to position: RedisStreamID, _ now: Instant, in session: MongoSession
    ) async throws {
        let id = BSONValue.int32(Int32(partition.number))
        let stored = try await positions.findByID(id, in: session)?.string("position").flatMap(RedisStreamID.init)
        try await positions.update(
            ["_id": id],
            [
                "$set": [
                    "position": .string(max(stored ?? .zero, position).description), "updatedAt": .instant(now),
                ]
            ], upsert: true, in: session)
    }

    /// Flags that were not yet told stay in the outbox; older totals need not be told any more.
    private func saveAuthors(
        _ book: VoteBook, _ scope: Scope, in session: MongoSession
    ) async throws -> [Sent] {
        var flags = Dictionary(
            grouping: book.flaggedPairs.compactMap { scope.flags[$0] }, by: \.authorID)
        var sent: [Sent] = []
        var operations: [WriteOperation] = []
        for author in book.changedAuthors.union(flags.keys) {
            let totals = book.authors[author] ?? AuthorTotals(author: author, partition: book.partition)
            var events = (flags.removeValue(forKey: author) ?? []).map { OutgoingEvent($0, at: book.now) }
            if book.changedAuthors.contains(author) {
                events.append(OutgoingEvent(totals.event(at: book.now), at: book.now))
            }
            operations.append(
                .replaceOne(
                    filter: ["_id": totals.id],
                    replacement: totals.document(
                        now: book.now, outbox: totals.untold + events.map { .document($0.document) }),
                    upsert: true))
            sent.append((["_id": totals.id], events))
        }
        _ = try await authorTotals.collection.bulk(operations, in: session)
        return sent
    }

    private func savePosts(_ book: VoteBook, in session: MongoSession) async throws -> [Sent] {
        var sent: [Sent] = []
        var operations: [WriteOperation] = []
        for post in book.changedPosts {
            guard let totals = book.posts[post] else { continue }
            let events = [OutgoingEvent(totals.event(at: book.now), at: book.now)]
            operations.append(
                .replaceOne(
                    filter: ["_id": totals.id],
                    replacement: totals.document(now: book.now, outbox: events.map { .document($0.document) }),
                    upsert: true))
            sent.append((["_id": totals.id], events))
        }
        _ = try await postTotals.collection.bulk(operations, in: session)
        return sent
    }

    // MARK: Reading

    func pair(_ id: ObjectID, of post: PostID) async throws -> VoteRecord? {
        try await votes.findOne(["_id": .objectID(id), "postId": .id(post)]).map { try VoteRecord($0) }
    }

    func totals(of post: PostID) async throws -> [PostTotals] {
        try await postTotals.collection.find(["_id.post": .id(post)]).map { try PostTotals($0) }
    }

    /// The newest stream id persisted of a partition.
    func position(of partition: Partition) async throws -> RedisStreamID {
        try await positions.findByID(.int32(Int32(partition.number)))?.string("position")
            .flatMap(RedisStreamID.init) ?? .zero
    }

    /// Of these authors and voters, who has voted for whom: pairs of voter and author.
    func reciprocity(authors: Set<UserID>, voters: Set<UserID>) async throws -> Set<[UserID]> {
        let found = try await votes.aggregate([
            [
                "$match": [
                    "authorId": ["$in": .array(voters.map { .id($0) })],
                    "voterId": ["$in": .array(authors.map { .id($0) })],
                ]
            ],
            ["$group": ["_id": ["v": "$voterId", "a": "$authorId"]]],
        ])
        return Set(
            try found.map { document in
                let id = try document.requireDocument("_id")
                return [try id.requireID("v"), try id.requireID("a")]
            })
    }
}

extension VoteRecord {
    /// The `_id` of a pair.
    static func id(_ post: PostID, _ voter: UserID) -> ObjectID { .deriving(["vote", post.hex, voter.hex]) }
}
