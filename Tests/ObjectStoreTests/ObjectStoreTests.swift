import Domain
import Glibc
import HTTPClient
import Runtime
import TestSupport
import Testing

@testable import ObjectStore

@Suite struct ObjectKeyTests {
    @Test(arguments: ["a", "pictures/2026/abc-1.png", "a/b/c_d.webp"])
    func `plain paths are keys`(text: String) throws {
        #expect(try ObjectKey(text).text == text)
    }

    @Test(arguments: [
        "", "/a", "a/", "a//b", "..", "a/../b", ".hidden", "a/.tmp-1", "a b", "ä", "a\0b", "a?b", "a%2e",
        String(repeating: "a", count: 201),
    ])
    func `anything that could leave the folder is not`(text: String) {
        #expect(throws: ObjectStoreError.invalidKey(text)) { try ObjectKey(text) }
    }
}

@Suite struct FolderStoreTests {
    private func withStore(_ body: (FolderStore, String) async throws -> Void) async throws {
        let root = TestFolder.path("objects")
        try await body(try FolderStore(root: root), root)
    }

    @Test func `what was put is got back, with its type, and can be replaced and deleted`() async throws {
        try await withStore { store, _ in
            let key = try ObjectKey("pictures/a/1.png")
            try await store.put(key, [1, 2, 3], contentType: "image/png")
            let first = try await store.get(key)
            #expect(first == StoredObject(bytes: [1, 2, 3], contentType: "image/png"))
            try await store.put(key, Array(repeating: 7, count: 300_000), contentType: "image/png")
            let second = try await store.get(key)
            #expect(second.bytes.count == 300_000)
            try await store.delete(key)
            try await store.delete(key)
            await #expect(throws: ObjectStoreError.missing) { _ = try await store.get(key) }
            try await store.ping()
        }
    }

    @Test func `a folder or a link is not an object`() async throws {
        try await withStore { store, root in
            try await store.put(try ObjectKey("a/b.png"), [1], contentType: "image/png")
            await #expect(throws: ObjectStoreError.missing) { _ = try await store.get(try ObjectKey("a")) }
            symlink("/etc/passwd", "\(root)/link")
            await #expect(throws: ObjectStoreError.self) { _ = try await store.get(try ObjectKey("link")) }
        }
    }

    @Test func `readers see whole objects only while writers replace them`() async throws {
        try await withStore { store, _ in
            let key = try ObjectKey("shared.bin")
            try await store.put(key, Array(repeating: 0, count: 50_000), contentType: "x")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for value in UInt8(1)...8 {
                    group.addTask {
                        for _ in 0..<5 {
                            try await store.put(key, Array(repeating: value, count: 50_000), contentType: "x")
                        }
                    }
                    group.addTask {
                        for _ in 0..<10 {
                            let bytes = try await store.get(key).bytes
                            #expect(bytes.count == 50_000 && Set(bytes).count == 1)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}

@Suite struct ObjectStoreURLTests {
    @Test func `folders and buckets are told apart`() throws {
        #expect(try ObjectStoreURL("file:///var/objects") == .folder("/var/objects"))
        let bucket = try ObjectStoreURL("s3://pictures?endpoint=http://minio.local:9000&region=eu-west-1")
        #expect(bucket == .bucket(name: "pictures", endpoint: "http://minio.local:9000", region: "eu-west-1"))
        #expect(bucket.host == "minio.local")
        #expect(try ObjectStoreURL("s3://pictures").host == "s3.us-east-1.amazonaws.com")
    }

    @Test(arguments: ["", "file://relative", "http://x", "s3://", "s3://Up", "s3://b?endpoint=ftp://x", "s3://b?x=y"])
    func `others are refused`(text: String) {
        #expect(throws: ObjectStoreError.self) { try ObjectStoreURL(text) }
    }

    @Test func `a folder is refused outside the local profile`() async throws {
        let loops = try EventLoopGroup(count: 1)
        let client = HTTPClient(loops: loops)
        #expect(throws: ObjectStoreError.self) {
            _ = try ObjectStoreURL("file:///tmp/x").open(isLocalProfile: false, credentials: nil, client: client) {
                Instant(milliseconds: 0)
            }
        }
        await loops.stop()
    }
}

@Suite struct MediaSignerTests {
    private let signer = MediaSigner(secret: "0123456789abcdef0123456789abcdef")

    @Test func `a signed address opens its own path until it expires`() throws {
        let signer = try #require(signer)
        let until = Instant(milliseconds: 1_000_000_000)
        let signed = signer.sign("https://circle.example/media/a/b.png", until: until)
        let parts = signed.split(separator: "?")
        #expect(parts[0] == "https://circle.example/media/a/b.png")
        let pairs = parts[1].split(separator: "&").map { $0.split(separator: "=", maxSplits: 1) }
        let expires = String(pairs[0][1]), signature = String(pairs[1][1])
        let path = "/media/a/b.png"
        #expect(expires == "1000800")
        #expect(signer.verify(path: path, expires: expires, signature: signature, at: until))
        #expect(!signer.verify(path: "/media/a/c.png", expires: expires, signature: signature, at: until))
        #expect(!signer.verify(path: path, expires: "1000801", signature: signature, at: until))
        let late = Instant(milliseconds: 1_000_800_000)
        #expect(!signer.verify(path: path, expires: expires, signature: signature, at: late))
        #expect(!signer.verify(path: path, expires: "x", signature: signature, at: until))
        #expect(signer.sign(path, until: until).hasSuffix(signature))
    }

    @Test func `a short secret is no secret`() {
        #expect(MediaSigner(secret: "short") == nil)
    }
}

@Suite struct AWSSignatureTests {
    /// The example "GET Object" of the Amazon S3 API reference, "Signature Calculations for the Authorization Header".
    @Test func `the documented example has the documented signature`() throws {
        let signature = AWSSignature(
            accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            region: "us-east-1")
        let headers = signature.headers(
            method: "GET", path: "/test.txt",
            headers: [("host", "examplebucket.s3.amazonaws.com"), ("range", "bytes=0-9")], body: [],
            at: Instant(milliseconds: 1_369_353_600_000))
        let authorization = try #require(headers.last?.value)
        #expect(
            authorization.hasSuffix("Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"))
        #expect(authorization.contains("SignedHeaders=host;range;x-amz-content-sha256;x-amz-date"))
        #expect(headers[1].value == "20130524T000000Z")
    }

    @Test func `queries are sorted and escaped`() {
        #expect(AWSSignature.canonical([("b", "2 /"), ("a", "ü~")]) == "a=%C3%BC~&b=2%20%2F")
    }
}

/// A real S3 implementation that checks signatures. `deploy/checks/s3-server` starts one and prints what `TEST_S3` has to
/// hold: "URL ACCESS_KEY SECRET_KEY".
private enum S3Server {
    static let words: [String]? = getenv("TEST_S3").map {
        String(cString: $0).split(separator: " ").map(String.init)
    }
}

@Suite(.enabled(if: S3Server.words != nil))
struct S3StoreTests {
    private func withStore(secret: String? = nil, _ body: (S3Store) async throws -> Void) async throws {
        let server = try #require(S3Server.words)
        let loops = try EventLoopGroup(count: 1)
        let client = HTTPClient(configuration: .loopback, loops: loops)
        let configuration = S3Store.Configuration(
            bucket: "circle-\(UInt64.random(in: 0 ... .max))", endpoint: server[0], region: "us-east-1",
            accessKey: server[1], secretKey: secret ?? server[2])
        let store = S3Store(configuration: configuration, client: client) {
            Instant(milliseconds: Int64(time(nil)) * 1_000)
        }
        do { try await body(store) } catch {
            await client.close()
            await loops.stop()
            throw error
        }
        await client.close()
        await loops.stop()
    }

    @Test func `objects go to the bucket and come back`() async throws {
        try await withStore { store in
            await #expect(throws: ObjectStoreError.missing) { try await store.ping() }
            try await store.createBucket()
            try await store.ping()
            let key = try ObjectKey("pictures/abc/1.png")
            let bytes = (0..<200_000).map { UInt8($0 & 255) }
            try await store.put(key, bytes, contentType: "image/png")
            let back = try await store.get(key)
            #expect(back == StoredObject(bytes: bytes, contentType: "image/png"))
            try await store.put(key, [1], contentType: "image/webp")
            let replaced = try await store.get(key)
            #expect(replaced == StoredObject(bytes: [1], contentType: "image/webp"))
            try await store.delete(key)
            try await store.delete(key)
            await #expect(throws: ObjectStoreError.missing) { _ = try await store.get(key) }
        }
    }

    @Test func `a wrong secret is refused, and nothing is stored`() async throws {
        try await withStore(secret: "not the secret") { store in
            await #expect(throws: ObjectStoreError.self) { try await store.createBucket() }
            await #expect(throws: ObjectStoreError.self) {
                try await store.put(try ObjectKey("a.png"), [1], contentType: "image/png")
            }
        }
    }
}
