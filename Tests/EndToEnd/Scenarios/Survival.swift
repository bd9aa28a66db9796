internal import JSON
internal import LocalStackSupervisor

extension Scenario {
    /// State survives `down` and `up`; a second `up` is harmless and quick.
    static let survival = Scenario(name: "survival") { stage in
        let person = try stage.person("patient")
        let order = try person.paint("a snowed-in cabin", key: "cabin")
        let before = try person.insist("GET", "/v1/users/me").expect(200)

        let started = Clock.monotonic
        try requireEqual(try UpCommand(settings: stage.settings, playsDemo: false).run(), 0, "a second up")
        try require(Clock.monotonic - started < 10, "a second up took long")

        try requireEqual(try DownCommand(settings: stage.settings).run(), 0, "down")
        let left = Leftovers(home: stage.settings.home, programs: RunningStack.programs).processes
        try require(left.isEmpty, "down left processes: \(left)")
        try requireEqual(try UpCommand(settings: stage.settings, playsDemo: false).run(), 0, "up after down")
        try requireEqual(try person.insist("GET", "/v1/users/me").expect(200)["id"]?.string, person.id, "who one is")
        try requireEqual(
            try person.insist("GET", "/v1/users/me").expect(200)["createdAt"]?.string,
            before["createdAt"]?.string ?? "", "since when one is there")
        let picture = try person.insist("GET", "/v1/generations/\(try order.text("id"))").expect(200)
        try requireEqual(picture["status"]?.string, "completed", "the picture's status")
        try requireEqual(
            try person.insist("GET", LoopPlayer.path(of: try picture.text("imageUrl"))).status, 200, "the picture")
    }
}
