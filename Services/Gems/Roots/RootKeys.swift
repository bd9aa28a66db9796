import BSON
import Domain
import MongoClient
import Records
import Runtime
import Security

/// The keys that sign daily roots: apart from those of access tokens, because roots are checked for years and a key that
/// signs roots must not be able to open a session anywhere.
struct RootKeys: Sendable {
    struct Key: Sendable {
        let id: String
        let publicDER: [UInt8]
    }

    private let keys: MongoCollection
    private let pool = BlockingPool(name: "root-keys", threads: 1, queueLimit: 4)

    init(database: MongoDatabase) { keys = database.collection(GemCollections.rootKeys.name) }

    /// Every key that ever signed.
    func published() async throws -> [Key] {
        try await keys.find([:], sort: ["_id": 1]).map { row in
            guard let der = Base64URL.decode(try row.requireString("publicKey")) else {
                throw MongoError.malformed("ledger_keys: a public key is not base64url")
            }
            return Key(id: try row.requireString("_id"), publicDER: der)
        }
    }

    /// Signs a statement with the newest key, which is made when there is none: whichever process inserts it first.
    ///
    /// - Parameter secret: what the private half is sealed with.
    func sign(_ root: LedgerRoot, secret: String, at now: Instant) async throws -> SignedRoot {
        let box = try SealedBox(secret: secret, purpose: "ledger-keys")
        let row = try await newest(box, at: now)
        let id = try row.requireString("_id")
        let sealed = try row.requireBytes("sealedPrivateKey")
        let signature = try await pool.run {
            let key = try RSAPrivateKey(der: try box.open(sealed, context: id))
            let input = Self.header(id) + "." + Base64URL.encode(root.statement)
            return input + "." + Base64URL.encode(try key.sign(Array(input.utf8)))
        }
        return SignedRoot(root, kid: id, signature: signature, createdAt: now)
    }

    /// Whether a signature is one of `key` over this root's statement.
    static func isValid(_ signed: SignedRoot, key: Key) throws -> Bool {
        let parts = signed.signature.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == header(key.id), parts[1] == Base64URL.encode(signed.root.statement),
            let signature = Base64URL.decode(String(parts[2]))
        else { return false }
        return try RSAPublicKey(der: key.publicDER).isValid(
            signature: signature, for: Array("\(parts[0]).\(parts[1])".utf8))
    }

    private static func header(_ kid: String) -> String {
        Base64URL.encode(Array(#"{"alg":"RS256","typ":"ledger-root","kid":"\#(kid)"}"#.utf8))
    }

    private func newest(_ box: SealedBox, at now: Instant) async throws -> BSONDocument {
        if let row = try await keys.findOne([:], sort: ["createdAt": -1]) { return row }
        let id = "ledger-1"
        let row = try await pool.run {
            let key = try RSAPrivateKey.generate()
            return BSONDocument(elements: [
                ("_id", .string(id)), ("publicKey", .string(Base64URL.encode(try key.publicDER))),
                ("sealedPrivateKey", .binary(BSONBinary(bytes: try box.seal(try key.der, context: id)))),
                ("createdAt", .instant(now)),
            ])
        }
        do throws(MongoError) {
            try await keys.insert(row)
            return row
        } catch {
            // Another process was first: its key is as good.
            guard error.isDuplicateKey, let row = try await keys.findByID(.string(id)) else { throw error }
            return row
        }
    }
}
