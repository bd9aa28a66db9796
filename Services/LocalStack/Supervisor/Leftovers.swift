internal import Glibc

/// Processes of this stack that nobody supervises any more, after a supervisor was killed.
package struct Leftovers {
    private let home: String
    private let programs: Set<String>

    package init(plan: StackPlan) {
        home = plan.settings.home
        programs = plan.programs
    }

    package init(home: String, programs: Set<String>) {
        self.home = home
        self.programs = programs
    }

    package var processes: [Int32] {
        ProcessTable.members(ofHome: Files.resolved(home) ?? home, programs: programs)
    }

    /// Ends them: asked first, because the kernel's word that their parent died has already reached most of them.
    package func end() {
        let deadline = Clock.monotonic + 3
        for process in processes { kill(process, SIGTERM) }
        while !processes.isEmpty {
            if Clock.monotonic > deadline {
                for process in processes { kill(process, SIGKILL) }
            }
            Clock.pause(seconds: 0.05)
        }
    }
}
