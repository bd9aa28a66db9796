internal import Glibc
internal import JSON
internal import LocalStackSupervisor
internal import Synchronization

extension Scenario {
    /// The loop is played while each process in turn is killed with -9: the stack heals, the loop ends right.
    static let crashes = Scenario(name: "crashes") { stage in
        let names = try stage.plan().processes.map(\.name)
        let over = Mutex(false)
        let killed = Mutex<[String]>([])
        try Parallel.map([0, 1], width: 2) { role in
            if role == 0 {
                defer { over.withLock { $0 = true } }
                // All campaigns in full: `make chaos`.
                for _ in 0..<(Environment.value("CIRCLE_CHAOS") == "full" ? 5 : 1) {
                    let report = try LoopPlayer(port: stage.port, crowd: 24, pace: 0.25).play()
                    // Not by the answers: a vote whose answer is lost with a process and that is sent again is a repeat.
                    for post in report.posts {
                        try stage.eventually("23 votes on \(post.prompt)", within: 60) {
                            try post.author.insist("GET", "/v1/posts/\(post.id)").expect(200)["voteCount"]?.int64 == 23
                        }
                    }
                    for author in Set(report.posts.map(\.author.username)) {
                        guard let person = report.posts.first(where: { $0.author.username == author })?.author else {
                            continue
                        }
                        try ledgerIsWhole(person)
                    }
                }
            } else {
                kill(names, stage, until: { over.withLock { $0 } }) { name in killed.withLock { $0.append(name) } }
            }
        }
        let victims = killed.withLock { $0 }
        StackCommand.say("  killed: \(victims.joined(separator: ", "))")
        try stage.eventually("all processes are ready again", within: 60) {
            try stage.plan().processes.allSatisfy { $0.isReady() }
        }
    }

    /// Kills one process after the other, each once it has come back from the last time; every one of them at least once.
    private static func kill(
        _ names: [String], _ stage: Stage, until isOver: () -> Bool, note: (String) -> Void
    ) {
        var turn = 0
        while !isOver() || turn < names.count {
            let name = names[turn % names.count]
            turn += 1
            if let process = stage.home.processID(name), ProcessTable.isAlive(process) {
                Glibc.kill(process, SIGKILL)
                note(name)
            }
            let next = Clock.monotonic + (isOver() ? 0.5 : 2.2)
            while Clock.monotonic < next { Clock.pause(seconds: 0.05) }
        }
    }
}
