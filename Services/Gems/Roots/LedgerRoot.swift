import BSON
import Domain
import JSON
import Records
import Security

/// What the books of a UTC day come to: one hash over the newest entry that each person made on it.
///
/// A person's newest entry carries the hash of the one before it, and so on to the first, so the root stands for every
/// entry of the day and for all of those people's before. `previousRoot` ties the days together.
struct LedgerRoot: Equatable, Sendable {
    let day: String
    let root: [UInt8]
    /// Leaves of the tree.
    let people: Int
    let entries: Int64
    let previousRoot: [UInt8]?

    /// The statement that is signed: compact JSON, its fields in this order.
    var statement: [UInt8] { JSONWriter.bytes(Statement(root: self)) }

    private struct Statement: JSONWritable {
        let root: LedgerRoot

        func write(to writer: inout JSONWriter) {
            writer.object {
                $0.field("day", root.day)
                $0.field("root", Hex.encode(root.root))
                $0.field("people", root.people)
                $0.field("entries", root.entries)
                $0.field("previousRoot", root.previousRoot.map(Hex.encode))
            }
        }
    }
}

/// One person's part of a day: the leaf is id (12 bytes), number (8, the highest first) and hash (32) of their newest entry.
struct DayHead: Equatable, Sendable {
    let user: UserID
    var seq: Int64
    var hash: [UInt8]

    var leaf: [UInt8] {
        user.objectID.bytes + stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: seq >> $0) } + hash
    }
}

/// A root as it is published: with the key's name and the signature over its statement.
struct SignedRoot: Equatable, Sendable {
    let root: LedgerRoot
    let kid: String
    /// A JWS in compact form (RFC 7515), RS256, whose payload is the statement.
    let signature: String
    let createdAt: Instant

    init(_ root: LedgerRoot, kid: String, signature: String, createdAt: Instant) {
        self.root = root
        self.kid = kid
        self.signature = signature
        self.createdAt = createdAt
    }

    init(_ document: BSONDocument) throws(BSONError) {
        root = LedgerRoot(
            day: try document.requireString("_id"), root: try document.requireBytes("root"),
            people: try document.requireInt("people"), entries: try document.requireInt64("entries"),
            previousRoot: document["previousRoot"] == nil ? nil : try document.requireBytes("previousRoot"))
        kid = try document.requireString("kid")
        signature = try document.requireString("signature")
        createdAt = try document.requireInstant("createdAt")
    }

    var document: BSONDocument {
        var document: BSONDocument = [
            "_id": .string(root.day), "root": .binary(BSONBinary(bytes: root.root)),
            "people": .int32(Int32(clamping: root.people)), "entries": .int64(root.entries),
            "createdAt": .instant(createdAt), "signature": .string(signature), "kid": .string(kid),
        ]
        document.append("previousRoot", ifPresent: root.previousRoot.map { .binary(BSONBinary(bytes: $0)) })
        return document
    }
}

extension SignedRoot: JSONWritable {
    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("day", root.day)
            $0.field("root", Hex.encode(root.root))
            $0.field("people", root.people)
            $0.field("entries", root.entries)
            $0.field("previousRoot", root.previousRoot.map(Hex.encode))
            $0.field("kid", kid)
            $0.field("signature", signature)
            $0.field("createdAt", createdAt.iso8601)
        }
    }

    static let schema = Schema.named(
        "LedgerRoot",
        .object(
            .required("day", .string), .required("root", .string), .required("people", .integer),
            .required("entries", .integer), .required("previousRoot", .nullable(.string)), .required("kid", .string),
            .required("signature", .string), .required("createdAt", .dateTime)))
}
