internal import Glibc
internal import LocalStackSupervisor
internal import Synchronization

/// Ends processes of the stack with -9, as a schedule says, and counts.
struct Killer: Sendable {
    let stage: Stage
    let schedule: [CampaignPlan.Kill]

    /// Runs until the schedule is done or the voting is over.
    ///
    /// - Parameter votes: how many are acknowledged by now.
    func run(votes: () -> Int, isOver: () -> Bool, note: (CampaignPlan.Kill) -> Void) {
        for kill in schedule {
            while votes() < kill.after {
                if isOver() { return }
                Clock.pause(seconds: 0.01)
            }
            guard let process = waitFor(kill.name, isOver) else { return }
            Glibc.kill(process, SIGKILL)
            note(kill)
        }
    }

    /// A process that is down is killed once it is back.
    private func waitFor(_ name: String, _ isOver: () -> Bool) -> Int32? {
        while !isOver() {
            if let process = stage.home.processID(name), ProcessTable.isAlive(process) { return process }
            Clock.pause(seconds: 0.02)
        }
        return nil
    }
}
