import BSON
import Domain
import Records
import Security

/// A signing key as it is stored: its private half sealed, with the times between which it is used and accepted.
struct StoredSigningKey: Sendable, Equatable {
    let id: String
    let publicDER: [UInt8]
    let sealedPrivateKey: [UInt8]
    let createdAt: Instant
    /// Tokens are signed with it from then on, a while after it has been published.
    let activeFrom: Instant
    let retiredAt: Instant?

    init(id: String, publicDER: [UInt8], sealedPrivateKey: [UInt8], createdAt: Instant, activeFrom: Instant) {
        self.id = id
        self.publicDER = publicDER
        self.sealedPrivateKey = sealedPrivateKey
        self.createdAt = createdAt
        self.activeFrom = activeFrom
        retiredAt = nil
    }

    init(_ document: BSONDocument) throws(BSONError) {
        id = try document.requireString("_id")
        publicDER = Base64URL.decode(try document.requireString("publicKey")) ?? []
        sealedPrivateKey = try document.requireBytes("sealedPrivateKey")
        createdAt = try document.requireInstant("createdAt")
        activeFrom = try document.requireInstant("activeFrom")
        retiredAt = document.instant("retiredAt")
    }

    var document: BSONDocument {
        [
            "_id": .string(id), "publicKey": .string(Base64URL.encode(publicDER)),
            "sealedPrivateKey": .data(sealedPrivateKey), "createdAt": .instant(createdAt),
            "activeFrom": .instant(activeFrom),
        ]
    }

    /// Keys are numbered, so that two processes that make the next one at once make the same one.
    var number: Int { Int(id.dropFirst()) ?? 0 }
    static func id(number: Int) -> String { "k\(number)" }
}
