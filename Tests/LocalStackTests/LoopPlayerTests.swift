import Testing

@testable import LocalStackSupervisor

@Suite struct LoopPlayerTests {
    @Test func `everybody has an address of their own, of the range for benchmarks`() {
        #expect(LoopPlayer.address(0) == "198.18.0.0" && LoopPlayer.address(0x1_02_03) == "198.19.2.3")
        #expect(LoopPlayer.address((1 << 17) - 1) == "198.19.255.255" && LoopPlayer.address(1 << 17) == "198.18.0.0")
        #expect(Set((0..<3000).map { LoopPlayer.address(131_000 + $0) }).count == 3000)
    }
}
