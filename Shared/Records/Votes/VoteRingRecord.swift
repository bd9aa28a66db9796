package import BSON
package import Domain
package import MongoClient

/// A group that looks like collusion, as it is stored.
package struct VoteRingRecord: Record {
    package static let collection = VoteCollections.rings

    /// Follows from the group, so that it is the same document whenever it is found.
    package let id: ObjectID
    package let kind: CollusionFinding.Kind
    package let members: [UserID]
    package let targets: [UserID]
    /// The strongest of them; `edgesInAll` says how many there are.
    package let edges: [(edge: VoteEdge, votes: Int)]
    package let edgesInAll: Int
    package let insideVotes: Int
    package let castVotes: Int
    package let insideShare: Double
    package let expectedShare: Double
    package let shared: [(kind: SharedUse.Kind, label: String, members: Int)]
    package let explanation: String
    /// Votes that wait for review, or did, because of it.
    package var flaggedVotes: Int
    package var firstSeenAt: Instant
    package var lastSeenAt: Instant

    private static let edgesStored = 200

    /// - Parameter now: when it was seen; the first time stays with what is stored.
    package init(_ finding: CollusionFinding, id: ObjectID, flaggedVotes: Int, at now: Instant) {
        self.id = id
        kind = finding.kind
        members = finding.members
        targets = finding.targets
        edges = Array(finding.edges.prefix(Self.edgesStored))
        edgesInAll = finding.edges.count
        insideVotes = finding.insideVotes
        castVotes = finding.castVotes
        insideShare = finding.insideShare
        expectedShare = finding.expectedShare ?? 0
        shared = finding.shared.map { ($0.kind, VoteEvidenceRecord.label(ofHash: $0.hash), $0.members.count) }
        explanation = finding.explanation
        self.flaggedVotes = flaggedVotes
        firstSeenAt = now
        lastSeenAt = now
    }

    package init(_ document: BSONDocument) throws(BSONError) {
        id = try document.requireObjectID("_id")
        kind = try document.requireCase("kind")
        members = (document.array("members") ?? []).compactMap { $0.objectIDValue.map { UserID($0) } }
        targets = (document.array("targets") ?? []).compactMap { $0.objectIDValue.map { UserID($0) } }
        edges = (document.array("edges") ?? []).compactMap { value in
            guard let edge = value.documentValue, let from: UserID = edge.id("from"), let to: UserID = edge.id("to")
            else { return nil }
            return (VoteEdge(from: from, to: to), edge.int("votes") ?? 0)
        }
        edgesInAll = try document.requireInt("edgesInAll")
        insideVotes = try document.requireInt("insideVotes")
        castVotes = try document.requireInt("castVotes")
        insideShare = try document.requireDouble("insideShare")
        expectedShare = try document.requireDouble("expectedShare")
        shared = (document.array("shared") ?? []).compactMap { value in
            guard let part = value.documentValue, let kind = part.string("kind").flatMap(SharedUse.Kind.init)
            else { return nil }
            return (kind, part.string("label") ?? "", part.int("members") ?? 0)
        }
        explanation = try document.requireString("explanation")
        flaggedVotes = try document.requireInt("flaggedVotes")
        firstSeenAt = try document.requireInstant("firstSeenAt")
        lastSeenAt = try document.requireInstant("lastSeenAt")
    }

    package var document: BSONDocument {
        var document: BSONDocument = [
            "_id": .objectID(id), "kind": .string(kind.rawValue), "members": .array(members.map { .id($0) }),
            "targets": .array(targets.map { .id($0) }),
        ]
        let edges: [BSONValue] = edges.map { edge, votes in
            .document(["from": .id(edge.from), "to": .id(edge.to), "votes": .int64(Int64(votes))])
        }
        let shared: [BSONValue] = shared.map { part in
            .document([
                "kind": .string(part.kind.rawValue), "label": .string(part.label),
                "members": .int64(Int64(part.members)),
            ])
        }
        document.append("edges", .array(edges))
        document.append("edgesInAll", .int64(Int64(edgesInAll)))
        document.append("insideVotes", .int64(Int64(insideVotes)))
        document.append("castVotes", .int64(Int64(castVotes)))
        document.append("insideShare", .double(insideShare))
        document.append("expectedShare", .double(expectedShare))
        document.append("shared", .array(shared))
        document.append("explanation", .string(explanation))
        document.append("flaggedVotes", .int64(Int64(flaggedVotes)))
        document.append("firstSeenAt", .instant(firstSeenAt))
        document.append("lastSeenAt", .instant(lastSeenAt))
        return document
    }
}
