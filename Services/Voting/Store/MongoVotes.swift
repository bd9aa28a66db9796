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
        var evidence = ScoredVotes()
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
        let (book, sent): (VoteBook, (authors: [Sent], posts: [Sent]))
        do {
            (book, sent) = try await transact(scope, at: now, isSure: true, body)
        } catch let error as MongoError where error.isDuplicateKey {
            // What was not there when the transaction looked is there now: a second time nothing is taken for new.
            (book, sent) = try await transact(scope, at: now, isSure: false, body)
        }
        await authorTotals.deliver(sent.authors)
        await postTotals.deliver(sent.posts)
        return book
    }

    /// - Parameter isSure: whether what is not found is inserted, which costs less than putting it in the place of nothing.
    private func transact(
        _ scope: Scope, at now: Instant, isSure: Bool, _ body: @escaping @Sendable (inout VoteBook) throws -> Void
    ) async throws -> (VoteBook, (authors: [Sent], posts: [Sent])) {
        try await mongo.withTransaction { session in
            var book = try await load(scope, at: now, in: session)
            try body(&book)
            return (book, try await save(book, scope, isSure: isSure, in: session))
        }
    }

    typealias Sent = (filter: BSONDocument, events: [OutgoingEvent])

    private func load(_ scope: Scope, at now: Instant, in session: MongoSession) async throws -> VoteBook {
        let partition = scope.partition
        let pairs = try await find(scope.pairs, votes, in: session, { $0.element($1, $2) }) {
            (fields: inout BSONFields) throws(BSONError) in try VoteRecord(BSONDocument(reading: &fields))
        }
        let standings = try await find(
            scope.voters, voters.collection, projection: ["standing": 1], in: session,
            { $0.element($1, $2.objectID) }, reading: Self.standing)
        let authors = try await find(
            scope.authors, authorTotals.collection, in: session,
            { writer, index, author in
                writer.element(index) { AuthorTotals.writeID(author, partition, to: &$0) }
            }
        ) { (fields: inout BSONFields) throws(BSONError) in try AuthorTotals(&fields) }
        let posts = try await find(
            scope.posts, postTotals.collection, in: session,
            { writer, index, post in writer.element(index) { PostTotals.writeID(post, partition, to: &$0) } }
        ) { (fields: inout BSONFields) throws(BSONError) in try PostTotals(&fields) }
        return VoteBook(
            partition: scope.partition, now: now, pairs: pairs, authors: authors, posts: posts,
            standings: Dictionary(standings) { first, _ in first })
    }

    /// Documents by their `_id`s, a thousand at a time: so many the local stack's database looks up, and of more it would
    /// rather read the whole collection.
    private func find<ID: Sendable, Row: Sendable>(
        _ ids: Set<ID>, _ collection: MongoCollection, projection: BSONDocument? = nil, in session: MongoSession,
        _ element: (inout BSONWriter, Int, ID) -> Void,
        reading row: @escaping @Sendable (inout BSONFields) throws(BSONError) -> Row
    ) async throws -> [Row] {
        var rows: [Row] = []
        for some in Self.lookups(ids) {
            rows += try await collection.find(
                encoded: .ids(some, element), projection: projection, in: session, reading: row)
        }
        return rows
    }

    /// What one `$in` names at most.
    static func lookups<ID>(_ ids: Set<ID>) -> [ArraySlice<ID>] {
        let (ids, most) = (Array(ids), 1000)
        return stride(from: 0, to: ids.count, by: most).map { ids[$0..<min(ids.count, $0 + most)] }
    }

    private static func standing(
        _ fields: inout BSONFields
    ) throws(BSONError) -> (UserID, VoterStanding) {
        var voter: UserID?
        var standing = VoterStanding.good
        while try fields.next() {
            if fields.isNamed("_id") {
                voter = UserID(try fields.objectID())
            } else if fields.isNamed("standing") {
                standing = VoterStanding(rawValue: try fields.string()) ?? .good
            }
        }
        guard let voter else { throw .missing("_id") }
        return (voter, standing)
    }

    private func save(
        _ book: VoteBook, _ scope: Scope, isSure: Bool, in session: MongoSession
    ) async throws -> (authors: [Sent], posts: [Sent]) {
        try await votes.bulk(Self.pairs(book, isSure: isSure), in: session)
        try await evidence.bulk(Self.evidence(book, scope, isSure: isSure), in: session)
        try await voters.collection.bulk(Self.touches(scope, book), in: session)
        if let position = scope.position { try await advance(scope.partition, to: position, book.now, in: session) }
        let (authorWrites, authors) = Self.authors(book, scope, isSure: isSure)
        try await authorTotals.collection.bulk(authorWrites, in: session)
        let (postWrites, posts) = Self.posts(book, isSure: isSure)
        try await postTotals.collection.bulk(postWrites, in: session)
        return (authors, posts)
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

    struct Edge: Hashable, Sendable {
        var voter: UserID
        var author: UserID
    }

    /// Of these authors and voters, who has voted for whom.
    func reciprocity(authors: Set<UserID>, voters: Set<UserID>) async throws -> Set<Edge> {
        var edges: Set<Edge> = []
        for some in Self.lookups(authors) {
            let found = try await votes.aggregate([
                [
                    "$match": [
                        "voterId": ["$in": .array(some.map { .id($0) })],
                        "authorId": ["$in": .array(voters.map { .id($0) })],
                    ]
                ],
                ["$group": ["_id": ["v": "$voterId", "a": "$authorId"]]],
            ])
            for document in found {
                let id = try document.requireDocument("_id")
                edges.insert(Edge(voter: try id.requireID("v"), author: try id.requireID("a")))
            }
        }
        return edges
    }
}
