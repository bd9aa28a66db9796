/// `stack down`: stops everything that `up` started. The state stays.
package struct DownCommand {
    let settings: StackSettings

    package init(settings: StackSettings) {
        self.settings = settings
    }

    package func run() throws -> Int32 {
        let home = StackHome(settings.home)
        guard Files.exists(home.run) else {
            StackCommand.say("Nothing runs in \(settings.home).")
            return 0
        }
        let stopped = try home.locked { RunningStack(settings: settings).stop() }
        StackCommand.say(
            stopped
                ? "Stopped. The state stays in \(settings.home); `make up` goes on from there."
                : "Nothing was running in \(settings.home).")
        return 0
    }
}
