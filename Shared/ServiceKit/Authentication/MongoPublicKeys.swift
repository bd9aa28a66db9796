import Domain
import BSON
package import MongoClient
import Records
import Security

/// Reads the public halves of the signing keys from auth's collection.
package struct MongoPublicKeys: PublicKeySource {
    private let keys: MongoCollection

    package init(mongo: MongoClient) { keys = mongo.collection(PeopleCollections.signingKeys.name) }

    package func publicKeys() async throws -> [String: [UInt8]] {
        // Keys whose last token has expired are removed by the collection's TTL.
        let documents = try await keys.find([:], limit: 100, projection: ["publicKey": 1])
        var result: [String: [UInt8]] = [:]
        for document in documents {
            result[try document.requireString("_id")] = Base64URL.decode(try document.requireString("publicKey"))
        }
        return result
    }
}
