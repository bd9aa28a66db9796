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

    static func writeID(_ author: UserID, _ partition: Partition, to writer: inout BSONWriter) {
        writer.field("author", author.objectID)
        writer.field("partition", int32: Int32(partition.number))
    }

    init(_ document: BSONDocument) throws(BSONError) {
        self = try document.withFields { (fields: inout BSONFields) throws(BSONError) in try Self(&fields) }
    }

    init(_ fields: inout BSONFields) throws(BSONError) {
        var id: (UserID, Partition)?
        var (accepted, displayed, version): (Int64?, Int64?, Int64?)
        var newest: Instant?
        var boards: [String: Int64] = [:]
        var untold: [BSONValue] = []
        while try fields.next() {
            if fields.isNamed("_id") {
                id = try Self.id(try fields.inside())
            } else if fields.isNamed("accepted") {
                accepted = try fields.int64()
            } else if fields.isNamed("displayed") {
                displayed = try fields.int64()
            } else if fields.isNamed("version") {
                version = try fields.int64()
            } else if fields.isNamed("lastAcceptedAt") {
                newest = Instant(milliseconds: try fields.date())
            } else if fields.isNamed("boards") {
                var shares = try fields.inside()
                while try shares.next() { boards[shares.key] = try shares.int64() }
            } else if fields.isNamed("outbox") {
                untold = (try fields.value().arrayValue ?? []).filter {
                    $0.documentValue?.string("type") != AuthorVoteTotalsChanged.type
                }
            }
        }
        guard let (author, partition) = id, let accepted, let displayed, let version else {
            throw .missing("a field of an author's totals")
        }
        self.init(
            author: author, partition: partition, accepted: accepted, displayed: displayed, lastAcceptedAt: newest,
            boards: boards, version: version, untold: untold)
    }

    private static func id(_ fields: BSONFields) throws(BSONError) -> (UserID, Partition) {
        var fields = fields
        var (author, partition): (UserID?, Partition?)
        while try fields.next() {
            if fields.isNamed("author") {
                author = UserID(try fields.objectID())
            } else if fields.isNamed("partition") {
                partition = Partition(number: try fields.int())
            }
        }
        guard let author, let partition else { throw .missing("author or partition") }
        return (author, partition)
    }

    /// - Parameter events: put behind what is not yet told.
    func write(now: Instant, _ events: [OutgoingEvent], to writer: inout BSONWriter) {
        writer.document("_id") { Self.writeID(author, partition, to: &$0) }
        writer.field("partition", int32: Int32(partition.number))
        writer.field("accepted", accepted)
        writer.field("displayed", displayed)
        writer.field("version", version)
        writer.field("updatedAt", date: now.milliseconds)
        if let lastAcceptedAt { writer.field("lastAcceptedAt", date: lastAcceptedAt.milliseconds) }
        writer.document("boards") { writer in
            for (name, value) in boards.sorted(by: { $0.key < $1.key }) { writer.append(name, .int64(value)) }
        }
        events.write(to: &writer, after: untold)
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

    static func writeID(_ post: PostID, _ partition: Partition, to writer: inout BSONWriter) {
        writer.field("post", post.objectID)
        writer.field("partition", int32: Int32(partition.number))
    }

    init(_ document: BSONDocument) throws(BSONError) {
        self = try document.withFields { (fields: inout BSONFields) throws(BSONError) in try Self(&fields) }
    }

    init(_ fields: inout BSONFields) throws(BSONError) {
        var (post, author): (PostID?, UserID?)
        var (partition, accepted, displayed, version): (Int?, Int64?, Int64?, Int64?)
        var position: RedisStreamID?
        while try fields.next() {
            if fields.isNamed("_id") {
                var id = try fields.inside()
                while try id.next() { if id.isNamed("post") { post = PostID(try id.objectID()) } }
            } else if fields.isNamed("authorId") {
                author = UserID(try fields.objectID())
            } else if fields.isNamed("partition") {
                partition = try fields.int()
            } else if fields.isNamed("accepted") {
                accepted = try fields.int64()
            } else if fields.isNamed("displayed") {
                displayed = try fields.int64()
            } else if fields.isNamed("version") {
                version = try fields.int64()
            } else if fields.isNamed("position") {
                position = RedisStreamID(try fields.string()) ?? .zero
            }
        }
        guard let post, let author, let partition, let accepted, let displayed, let version, let position else {
            throw .missing("a field of a post's totals")
        }
        self.init(
            post: post, author: author, partition: Partition(number: partition), accepted: accepted,
            displayed: displayed, position: position, version: version)
    }

    func write(now: Instant, _ events: [OutgoingEvent], to writer: inout BSONWriter) {
        writer.document("_id") { Self.writeID(post, partition, to: &$0) }
        writer.field("authorId", author.objectID)
        writer.field("partition", int32: Int32(partition.number))
        writer.field("accepted", accepted)
        writer.field("displayed", displayed)
        writer.field("version", version)
        writer.field("position", position.description)
        writer.field("updatedAt", date: now.milliseconds)
        events.write(to: &writer)
    }

    func event(at now: Instant) -> VoteTotalsChanged {
        VoteTotalsChanged(
            postID: post, authorID: author, partition: partition.number, displayed: displayed, accepted: accepted,
            version: version, at: now)
    }
}
