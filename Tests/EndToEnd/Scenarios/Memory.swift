internal import LocalStackSupervisor

extension Scenario {
    /// An idle service holds less than 40 MB (90 with libvips), the whole idle stack less than 500.
    static let memory = Scenario(name: "memory") { try measure($0) }

    /// The same once hundreds of people have played: what was used is given back.
    static let memoryAfterPlay = Scenario(name: "memory-after-play") { try measure($0) }

    private static func measure(_ stage: Stage) throws {
        let plan = try stage.plan()
        var total = 0
        var faults: [String] = []
        for process in plan.processes {
            guard let id = stage.home.processID(process.name) else { throw StackError("no pid of \(process.name)") }
            let megabytes = ProcessTable.residentBytes(group: id) >> 20
            total += megabytes
            let limit = process.name == "generation" ? 90 : 40
            if StackServices.names.contains(process.name), megabytes >= limit {
                faults.append("\(process.name) holds \(megabytes) MB, \(limit) allowed")
            }
        }
        print("  the idle stack holds \(total) MB")
        if total >= 500 { faults.append("the stack holds \(total) MB, 500 allowed") }
        if !faults.isEmpty { throw StackError(faults.joined(separator: "; ")) }
    }
}
