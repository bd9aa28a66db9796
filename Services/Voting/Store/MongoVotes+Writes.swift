import BSON
import Domain
import Events
import MongoClient
import Records

/// What a batch writes, one bulk a collection.
extension MongoVotes {
    static func pairs(_ book: VoteBook, isSure: Bool) -> EncodedWrites {
        var writes = EncodedWrites(reserving: book.changedPairs.count * 384)
        for id in newFirst(book.changedPairs, stored: book.storedPairs) {
            guard let pair = book.pairs[id] else { continue }
            if isSure, !book.storedPairs.contains(id) {
                writes.insert { pair.write(to: &$0) }
            } else {
                writes.replaceOne(
                    { writer in
                        writer.field("_id", id)
                        writer.field("postId", pair.postID.objectID)
                    }, by: { pair.write(to: &$0) }, upsert: true)
            }
        }
        return writes
    }

    /// Inserts before replacements: a bulk makes one command of each run of the same kind.
    private static func newFirst<ID: Hashable>(_ changed: Set<ID>, stored: Set<ID>) -> [ID] {
        stored.isEmpty ? Array(changed) : changed.filter { !stored.contains($0) } + changed.filter(stored.contains)
    }

    static func evidence(_ book: VoteBook, _ scope: Scope, isSure: Bool) -> EncodedWrites {
        var writes = EncodedWrites(reserving: book.newPairs.count * 512)
        for id in book.newPairs {
            guard let document = scope.evidence.evidence(of: id) else { continue }
            if isSure {
                writes.insert(encoded: document)
            } else {
                writes.replaceOne({ $0.field("_id", id) }, byEncoded: document, upsert: true)
            }
        }
        for id in book.flaggedPairs {
            guard let update = scope.evidenceUpdates[id] else { continue }
            writes.updateOne({ $0.field("_id", id) }, { writer in update.forEach { writer.append($0.key, $0.value) } })
        }
        return writes
    }

    /// Changes each voter's document, so that a change of standing collides with the batch; those that are there at once.
    static func touches(_ scope: Scope, _ book: VoteBook) -> EncodedWrites {
        func touch(_ writer: inout BSONWriter) {
            writer.document("$set") { $0.field("updatedAt", date: book.now.milliseconds) }
            writer.document("$inc") { writer in
                writer.field("touched", Int64(1))
                if scope.followsStanding { writer.field("moved", Int64(book.changedPairs.count)) }
            }
        }
        var writes = EncodedWrites()
        let known = scope.voters.filter { book.standings[$0] != nil }
        for some in lookups(known) {
            writes.updateMany({ $0.ids(some) { $0.element($1, $2.objectID) } }, touch)
        }
        for voter in scope.voters.subtracting(known) {
            writes.updateOne({ $0.field("_id", voter.objectID) }, touch, upsert: true)
        }
        return writes
    }

    /// Flags that were not yet told stay in the outbox; older totals need not be told any more.
    static func authors(_ book: VoteBook, _ scope: Scope, isSure: Bool) -> (EncodedWrites, [Sent]) {
        var flags = Dictionary(
            grouping: book.flaggedPairs.compactMap { scope.flags[$0] }, by: \.authorID)
        var sent: [Sent] = []
        var writes = EncodedWrites()
        for author in newFirst(book.changedAuthors.union(flags.keys), stored: book.storedAuthors) {
            let totals = book.authors[author] ?? AuthorTotals(author: author, partition: book.partition)
            var events = (flags.removeValue(forKey: author) ?? []).map { OutgoingEvent($0, at: book.now) }
            if book.changedAuthors.contains(author) {
                events.append(OutgoingEvent(totals.event(at: book.now), at: book.now))
            }
            if isSure, !book.storedAuthors.contains(author) {
                writes.insert { totals.write(now: book.now, events, to: &$0) }
            } else {
                writes.replaceOne(
                    { $0.document("_id") { AuthorTotals.writeID(author, book.partition, to: &$0) } },
                    by: { totals.write(now: book.now, events, to: &$0) }, upsert: true)
            }
            sent.append((["_id": totals.id], events))
        }
        return (writes, sent)
    }

    static func posts(_ book: VoteBook, isSure: Bool) -> (EncodedWrites, [Sent]) {
        var sent: [Sent] = []
        var writes = EncodedWrites()
        for post in newFirst(book.changedPosts, stored: book.storedPosts) {
            guard let totals = book.posts[post] else { continue }
            let events = [OutgoingEvent(totals.event(at: book.now), at: book.now)]
            if isSure, !book.storedPosts.contains(post) {
                writes.insert { totals.write(now: book.now, events, to: &$0) }
            } else {
                writes.replaceOne(
                    { $0.document("_id") { PostTotals.writeID(post, book.partition, to: &$0) } },
                    by: { totals.write(now: book.now, events, to: &$0) }, upsert: true)
            }
            sent.append((["_id": totals.id], events))
        }
        return (writes, sent)
    }
}

extension BSONWriter {
    /// A filter for documents by their `_id`, each written by `element` with its place.
    static func ids<ID>(_ ids: ArraySlice<ID>, _ element: (inout BSONWriter, Int, ID) -> Void) -> BSONWriter {
        var writer = BSONWriter(reserving: 64 + ids.count * 24)
        writer.document { $0.ids(ids, element) }
        return writer
    }

    mutating func ids<ID>(_ ids: ArraySlice<ID>, _ element: (inout BSONWriter, Int, ID) -> Void) {
        document("_id") { writer in
            writer.array("$in") { writer in
                for (index, id) in ids.enumerated() { element(&writer, index, id) }
            }
        }
    }
}
