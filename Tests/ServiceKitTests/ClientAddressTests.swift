import HTTPServer
import Testing

@testable import ServiceKit

@Suite struct ClientAddressTests {
    private func resolve(_ peer: String, _ header: String?, relaxed: Bool = false) throws -> String {
        let trusted = try ["127.0.0.1/32", "::1/128", "10.0.0.0/8"].map { try #require(IPNetwork($0)) }
        let resolver = ClientAddress(trusted: trusted, relaxed: relaxed)
        return resolver.resolve(try #require(IPAddress(peer))) { header.map { [$0] } ?? [] }.description
    }

    @Test func `nobody but a trusted proxy is believed`() throws {
        #expect(try resolve("203.0.113.7", "198.51.100.1") == "203.0.113.7")
        #expect(try resolve("10.1.1.1", "198.51.100.1") == "198.51.100.1")
        #expect(try resolve("10.1.1.1", nil) == "10.1.1.1")
    }

    @Test func `what the client wrote before the proxies is not believed`() throws {
        #expect(try resolve("10.1.1.1", "1.2.3.4, 198.51.100.1") == "198.51.100.1")
        #expect(try resolve("10.1.1.1", "1.2.3.4, 198.51.100.1, 10.2.2.2") == "198.51.100.1")
    }

    @Test func `a loopback client may name its address only where limits are relaxed`() throws {
        #expect(try resolve("127.0.0.1", "192.0.2.9, 127.0.0.1", relaxed: true) == "192.0.2.9")
        #expect(try resolve("127.0.0.1", "192.0.2.9, 127.0.0.1") == "127.0.0.1")
        #expect(try resolve("127.0.0.1", "2001:db8::1, ::1", relaxed: true) == "2001:db8::1")
    }

    @Test func `what is no address ends the walk`() throws {
        #expect(try resolve("10.1.1.1", "1.2.3.4, nonsense, 10.2.2.2") == "10.2.2.2")
        #expect(try resolve("10.1.1.1", "") == "10.1.1.1")
    }
}
