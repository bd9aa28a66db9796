import BSON
package import Domain
import MongoClient
package import Records
import Security
import ServiceKit

/// People for tests of services other than auth: records as auth would write them, and tokens as auth would sign them.
package struct TestPeople: Sendable {
    private let stores: TestStores
    private let signer: TokenSigner

    /// Publishes a signing key in the test's database. Do this before the service under test starts, which then knows
    /// the key from the beginning.
    package init(_ stores: TestStores) async throws {
        self.stores = stores
        let key = try RSAPrivateKey.generate()
        let now = Instant.now()
        try await stores.mongo.collection(PeopleCollections.signingKeys.name).insert([
            "_id": "k0", "publicKey": .string(Base64URL.encode(try key.publicDER)),
            "sealedPrivateKey": .binary(BSONBinary(bytes: [0])), "createdAt": .instant(now),
            "activeFrom": .instant(now),
        ])
        signer = TokenSigner(keyID: "k0", key: key)
    }

    /// Writes a person and their name.
    ///
    /// - Parameter change: what is special about them.
    package func add(_ username: String, _ change: (inout UserRecord) -> Void = { _ in }) async throws -> UserRecord {
        var person = UserRecord(
            id: .new(), username: username, displayName: username,
            referralCode: String(RandomBytes.token(bytes: 6).prefix(8)), createdAt: .now())
        change(&person)
        try await stores.mongo.collection(PeopleCollections.claims.name).insert([
            "_id": .string("username:\(NameRules.fold(username))"), "userId": .id(person.id),
            "createdAt": .instant(person.createdAt),
        ])
        try await stores.mongo.collection(UserRecord.collection.name).insert(person.document)
        return person
    }

    /// An access token of a session that exists in this token only.
    package func token(
        for person: UserRecord, device: String = "device", session: SessionID = .new(),
        lifetime: Duration = .seconds(900)
    ) throws -> String {
        let now = Instant.now()
        return try signer.sign(
            AccessClaims(
                user: person.id, session: session, device: device, tier: person.tier, roles: person.roles,
                accountCreatedAt: person.createdAt, issuedAt: now, expiresAt: now + lifetime))
    }
}
