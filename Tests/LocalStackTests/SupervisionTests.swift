import Testing

@testable import LocalStackSupervisor

@Suite struct BackoffTests {
    @Test func `a process that keeps dying waits twice as long each time, up to the longest pause`() {
        var backoff = Backoff(first: 0.1, longest: 1, healthyAfter: 20)
        let pauses = (0..<6).map { _ in backoff.pause(afterLiving: 0.5) }
        #expect(pauses == [0.1, 0.2, 0.4, 0.8, 1, 1])
    }

    @Test func `a process that lived a while starts at once again`() {
        var backoff = Backoff(first: 0.1, longest: 10, healthyAfter: 20)
        for _ in 0..<8 { _ = backoff.pause(afterLiving: 1) }
        #expect(backoff.pause(afterLiving: 20) == 0.1)
    }
}

@Suite struct StackStateTests {
    @Test func `what the supervisor writes is read back the same`() {
        let state = StackState(
            step: "waiting for the stores",
            entries: [
                .init(
                    name: "redis", phase: .running, process: 12, since: 1_700_000_000, restarts: 3, lastEnding: "exit 1"
                ),
                .init(name: "auth", phase: .waiting, process: 0, since: 0, restarts: 0, lastEnding: ""),
            ])
        #expect(StackState.parse(state.text) == state)
    }

    @Test(arguments: ["", "running\nredis\trunning", "running\nredis\tflying\t1\t2\t3\t"])
    func `a damaged state file is no state`(_ text: String) {
        #expect(StackState.parse(text) == nil)
    }
}

@Suite struct EndingTests {
    @Test func `exit codes and signals are told apart`() {
        #expect(Ending(status: 0) == .exit(0))
        #expect(Ending(status: 3 << 8) == .exit(3))
        #expect(Ending(status: 9).description == "killed (-9)")
        #expect(Ending(status: 15) == .signal(15))
    }
}

@Suite struct LaunchTests {
    @Test func `a program that outlives its deadline is killed with its group`() throws {
        let launch = Launch(
            program: "/bin/sh", arguments: ["-c", "sleep 60 & sleep 60"], environment: [:], logFile: "/dev/null")
        let started = Clock.monotonic
        #expect(try launch.run(deadline: 0.2) == .signal(9))
        #expect(Clock.monotonic - started < 10)
    }

    @Test func `output is appended to the log and the environment is the given one only`() throws {
        let log = "/tmp/circle-launch-\(Clock.wall).log"
        defer { Files.remove(log) }
        let launch = Launch(
            program: "/bin/sh", arguments: ["-c", "echo $GREETING-$HOME; echo wrong >&2; exit 7"],
            environment: ["GREETING": "hello"], logFile: log)
        #expect(try launch.run(deadline: 10) == .exit(7))
        #expect(Files.text(log) == "hello-\nwrong\n")
    }
}
