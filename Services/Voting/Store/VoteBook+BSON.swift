import BSON
import Domain
import Events
import MongoClient
import Records
import RedisClient

extension AuthorTotals {
    static func id(_ author: UserID, _ partition: Partition) -> BSONValue {
        .document(["author": .id(author), "partition": .int32(Int32(partition.number))])
    }

    var id: BSONValue { Self.id(author, partition) }

    init(_ document: BSONDocument) throws(BSONError) {
        let id = try document.requireDocument("_id")
        self.init(
            author: try id.requireID("author"), partition: Partition(number: try id.requireInt("partition")),
            accepted: try document.requireInt64("accepted"), displayed: try document.requireInt64("displayed"),
            lastAcceptedAt: document.instant("lastAcceptedAt"), version: try document.requireInt64("version"))
        untold = (document.array("outbox") ?? []).filter {
            $0.documentValue?.string("type") != AuthorVoteTotalsChanged.type
        }
        for (name, value) in document.document("boards")?.elements ?? [] { boards[name] = value.int64Value }
    }

    func document(now: Instant, outbox: [BSONValue]) -> BSONDocument {
        var result: BSONDocument = [
            "_id": id, "partition": .int32(Int32(partition.number)), "accepted": .int64(accepted),
            "displayed": .int64(displayed), "version": .int64(version), "updatedAt": .instant(now),
        ]
        result.append("lastAcceptedAt", ifPresent: lastAcceptedAt.map { .instant($0) })
        var shares = BSONDocument()
        for (name, value) in boards.sorted(by: { $0.key < $1.key }) { shares.append(name, .int64(value)) }
        result.append("boards", .document(shares))
        result.append("outbox", .array(outbox))
        return result
    }

    func event(at now: Instant) -> AuthorVoteTotalsChanged {
        AuthorVoteTotalsChanged(
            authorID: author, partition: partition.number, displayed: displayed, accepted: accepted,
            lastAcceptedAt: lastAcceptedAt, version: version, at: now)
    }
}

extension PostTotals {
    static func id(_ post: PostID, _ partition: Partition) -> BSONValue {
        .document(["post": .id(post), "partition": .int32(Int32(partition.number))])
    }

    var id: BSONValue { Self.id(post, partition) }

    init(_ document: BSONDocument) throws(BSONError) {
        let id = try document.requireDocument("_id")
        self.init(
            post: try id.requireID("post"), author: try document.requireID("authorId"),
            partition: Partition(number: try id.requireInt("partition")),
            accepted: try document.requireInt64("accepted"),
            displayed: try document.requireInt64("displayed"),
            position: RedisStreamID(try document.requireString("position")) ?? .zero,
            version: try document.requireInt64("version"))
    }

    func document(now: Instant, outbox: [BSONValue]) -> BSONDocument {
        [
            "_id": id, "authorId": .id(author), "partition": .int32(Int32(partition.number)),
            "accepted": .int64(accepted), "displayed": .int64(displayed), "version": .int64(version),
            "position": .string(position.description), "updatedAt": .instant(now), "outbox": .array(outbox),
        ]
    }

    func event(at now: Instant) -> VoteTotalsChanged {
        VoteTotalsChanged(
            postID: post, authorID: author, partition: partition.number, displayed: displayed, accepted: accepted,
            version: version, at: now)
    }
}
