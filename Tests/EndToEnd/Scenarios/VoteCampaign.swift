internal import LocalStackSupervisor

extension Scenario {
    /// A tenth of the kill campaign, or all of it with `CIRCLE_CHAOS=full`.
    static let campaign = Scenario(name: "campaign") { stage in
        let seed = Environment.value("CIRCLE_SEED").flatMap(UInt64.init) ?? 2_026
        let isFull = Environment.value("CIRCLE_CHAOS") == "full"
        try Campaign(isFull ? .full(seed: seed) : .tenth(seed: seed), on: stage).run()
    }
}
