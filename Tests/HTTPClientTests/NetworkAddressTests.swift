import Testing

@testable import HTTPClient

@Suite struct NetworkAddressTests {
    @Test(arguments: [
        "10.0.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fd00::1", "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1", "2001::1",
    ])
    func `addresses inside a network are not public`(text: String) throws {
        #expect(try #require(Resolver.literal(text)).isPublic == false)
    }

    @Test(arguments: ["1.1.1.1", "172.32.0.1", "100.128.0.1", "193.0.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])
    func `addresses of the internet are`(text: String) throws {
        #expect(try #require(Resolver.literal(text)).isPublic)
    }

    @Test func `a configured host may lead anywhere, others may not`() throws {
        let reach = AddressReach.publicAnd(hosts: ["minio.internal"])
        let inside = try #require(Resolver.literal("10.1.2.3"))
        #expect(reach.permits(inside, host: "minio.internal"))
        #expect(!reach.permits(inside, host: "evil.example"))
    }
}

@Suite struct TargetURLTests {
    @Test func `host and port are read as curl reads them`() throws {
        let target = try TargetURL("http://Example.COM/a?b")
        #expect(target.host == "example.com" && target.port == 80)
        #expect(try TargetURL("https://[::1]:8443/").host == "::1")
        #expect(try TargetURL("https://[::1]:8443/").authority == "[::1]:8443")
        #expect(try TargetURL("/next", relativeTo: "https://a.example/x/y").whole == "https://a.example/next")
        #expect(try TargetURL("//b.example/z", relativeTo: "https://a.example/x").host == "b.example")
    }

    @Test func `numbers in disguise are the addresses they stand for`() throws {
        #expect(try TargetURL("http://0x7f000001/").host == "127.0.0.1")
        #expect(try TargetURL("http://2130706433/").host == "127.0.0.1")
    }

    @Test(arguments: [
        "ftp://a.example/", "file:///etc/passwd", "gopher://a/", "nonsense", "", "http://user:pw@a.example/", "http://",
    ])
    func `other addresses are refused`(text: String) {
        #expect(throws: HTTPClientError.self) { try TargetURL(text) }
    }
}

@Suite struct ResilienceTests {
    @Test func `a circuit opens after its failures, lets one probe through, and closes on success`() {
        var breaker = CircuitBreaker(failuresToOpen: 3, openFor: 100)
        for _ in 0..<2 { breaker.failed(at: 0) }
        let step0 = breaker.admits(at: 1)
        #expect(step0)
        breaker.failed(at: 1)
        let step1 = breaker.admits(at: 50)
        #expect(!step1)
        let step2 = breaker.admits(at: 101)
        #expect(step2)
        let step3 = breaker.admits(at: 102)
        #expect(!step3)
        breaker.failed(at: 103)
        let step4 = breaker.admits(at: 150)
        #expect(!step4)
        let step5 = breaker.admits(at: 204)
        #expect(step5)
        breaker.succeeded()
        let step6 = breaker.admits(at: 205)
        #expect(step6)
        let step7 = breaker.isIdle
        #expect(step7)
    }

    @Test func `a success between failures starts the count anew`() {
        var breaker = CircuitBreaker(failuresToOpen: 2, openFor: 100)
        breaker.failed(at: 0)
        breaker.succeeded()
        breaker.failed(at: 1)
        let step8 = breaker.admits(at: 2)
        #expect(step8)
    }

    @Test func `the retry budget runs dry and fills by requests`() {
        var budget = RetryBudget(most: 2, perRequest: 0.5)
        let step9 = budget.take()
        #expect(step9)
        let step10 = budget.take()
        #expect(step10)
        let step11 = budget.take()
        #expect(!step11)
        budget.requestSent()
        let step12 = budget.take()
        #expect(!step12)
        budget.requestSent()
        let step13 = budget.take()
        #expect(step13)
    }
}
