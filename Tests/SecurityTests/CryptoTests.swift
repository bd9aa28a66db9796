import Domain
import Testing

@testable import Security

@Suite struct CryptoTests {
    @Test func `SHA-256 gives the published digest`() {
        #expect(
            SHA256.hexDigest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func `HMAC gives the digest of RFC 4231, case 2`() {
        let digest = HMAC.sha256(key: "Jefe", message: "what do ya want for nothing?")
        #expect(Hex.encode(digest) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("\u{FB}\u{FF}", "w7vDvw"),
    ])
    func `base64url has one spelling each way`(plain: String, encoded: String) {
        #expect(Base64URL.encode(Array(plain.utf8)) == encoded)
        #expect(Base64URL.decode(encoded) == Array(plain.utf8))
    }

    @Test(arguments: ["Z", "Zg==", "Zh", "Zm9=", "Zm+v", "Zm/v", "Zm 9v", "A", "AAAAA"])
    func `base64url refuses other spellings`(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test func `hexadecimal survives the round trip and refuses the rest`() {
        #expect(Hex.encode([0, 255, 16]) == "00ff10")
        #expect(Hex.decode("00FF10") == [0, 255, 16])
        #expect(Hex.decode("0") == nil)
        #expect(Hex.decode("0g") == nil)
    }

    @Test func `a sealed box opens with its own secret and context only`() throws {
        let secret = String(repeating: "s", count: 32)
        let box = try SealedBox(secret: secret, purpose: "keys")
        let sealed = try box.seal([1, 2, 3], context: "k1")
        #expect(try box.open(sealed, context: "k1") == [1, 2, 3])
        #expect(throws: SecurityError.notAuthentic) { try box.open(sealed, context: "k2") }
        #expect(throws: SecurityError.notAuthentic) {
            try SealedBox(secret: secret, purpose: "other").open(sealed, context: "k1")
        }
        for index in sealed.indices {
            var altered = sealed
            altered[index] ^= 1
            #expect(throws: SecurityError.notAuthentic) { try box.open(altered, context: "k1") }
        }
        #expect(throws: SecurityError.notAuthentic) { try box.open(Array(sealed.prefix(27)), context: "k1") }
    }

    @Test func `a short secret is refused`() {
        #expect(throws: SecurityError.secretTooShort(minimum: 32)) { try SealedBox(secret: "short", purpose: "x") }
    }

    @Test func `random tokens differ`() {
        #expect(Set((0..<100).map { _ in RandomBytes.token() }).count == 100)
        #expect(RandomBytes.token(bytes: 32).utf8.count == 43)
    }

    @Test func `a signature is valid for its message and key only`() throws {
        let key = try RSAPrivateKey.generate()
        let signature = try key.sign([1, 2, 3])
        let other = try RSAPrivateKey.generate()
        #expect(try key.publicKey.isValid(signature: signature, for: [1, 2, 3]))
        #expect(try !key.publicKey.isValid(signature: signature, for: [1, 2, 4]))
        #expect(try !other.publicKey.isValid(signature: signature, for: [1, 2, 3]))
        let restored = try RSAPrivateKey(der: key.der)
        #expect(try restored.publicDER == key.publicDER)
        let components = try key.publicKey.components
        #expect(components.modulus.count == 256)
        #expect(components.exponent == [1, 0, 1])
        #expect(throws: SecurityError.malformedKey) { try RSAPublicKey(der: [1, 2, 3]) }
        #expect(throws: SecurityError.malformedKey) { try RSAPrivateKey(der: []) }
    }
}
