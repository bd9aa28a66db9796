internal import LocalStackSupervisor

extension Scenario {
    /// Many connections at once, at the numbers where servers were seen to hang: through the gateway and past it.
    static let connections = Scenario(name: "connections") { stage in
        let direct = try stage.plan().ports["gems"]
        for count in [128, 256, 512] {
            for (port, where_) in [(stage.port, "the gateway"), (direct, "gems itself")] {
                try burst(count, port: port, where_)
            }
        }
    }

    /// All connect, all send, then all are read: every one is open and waiting at the same moment.
    private static func burst(_ count: Int, port: Int, _ where_: String) throws {
        let wires = (0..<count).map { _ in HTTPWire(port: port, timeout: 20) }
        for round in 1...2 {
            for wire in wires { try wire.send("GET", "/v1/gems/products") }
            for (number, wire) in wires.enumerated() {
                do {
                    let answer = try wire.answer()
                    try requireEqual(answer.status, 200, "connection \(number) of \(count) at \(where_)")
                } catch let error as WireError {
                    throw StackError("connection \(number) of \(count) at \(where_), round \(round): \(error)")
                }
            }
        }
    }
}
