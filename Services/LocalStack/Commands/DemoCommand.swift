/// `stack demo`: plays the loop on the running stack and tells what happened.
package struct DemoCommand {
    let settings: StackSettings

    package init(settings: StackSettings) {
        self.settings = settings
    }

    package func run() throws -> Int32 {
        guard !RunningStack(settings: settings).overseers.isEmpty else {
            throw StackError("nothing runs in \(settings.home): `make up` starts it")
        }
        guard settings.limits == .relaxed else {
            throw StackError("the demonstration plays many people from one machine, which strict limits forbid")
        }
        StackCommand.say("\nThe loop: create, compete, earn.")
        let player = LoopPlayer(port: settings.port, pictures: "\(settings.home)/demo") { StackCommand.say("  \($0)") }
        let report = try player.play()
        try Files.write("\(Clock.wall)\n", to: StackHome(settings.home).demoPlayed)
        StackCommand.say(Self.summary(of: report))
        return 0
    }

    static func summary(of report: LoopPlayer.Report) -> String {
        let width = report.gems.map(\.author.count).max() ?? 0
        let rows = report.gems.map { "    \($0.author.padded(to: width))  \(String($0.gems).padded(left: 3)) gems" }
        return """

            \(report.people) people, \(report.posts.count) posts, \(report.votes) votes, \
            \(report.gems.map(\.gems).reduce(0, +)) gems earned, one model unlocked, in \(Int(report.seconds)) s.
            \(rows.joined(separator: "\n"))
              \(report.buyer) owns `sketch-plus` now; the first picture: \(report.unlockedPicture)
            """
    }
}
