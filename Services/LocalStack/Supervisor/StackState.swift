internal import Glibc

/// What the supervisor tells everybody who asks, through a file: one line per process.
package struct StackState: Sendable, Equatable {
    package enum Phase: String, Sendable {
        case starting, running, waiting, stopped
    }

    package struct Entry: Sendable, Equatable {
        package var name: String
        package var phase: Phase
        package var process: Int32
        package var since: Int
        package var restarts: Int
        package var lastEnding: String
    }

    /// What the supervisor is doing, for the person who waits.
    package var step: String
    package var entries: [Entry]

    package init(step: String, entries: [Entry]) {
        self.step = step
        self.entries = entries
    }

    package var text: String {
        let lines = entries.map {
            "\($0.name)\t\($0.phase.rawValue)\t\($0.process)\t\($0.since)\t\($0.restarts)\t\($0.lastEnding)"
        }
        return ([step] + lines).joined(separator: "\n") + "\n"
    }

    package static func parse(_ text: String) -> StackState? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
        guard let step = lines.first else { return nil }
        var entries: [Entry] = []
        for line in lines.dropFirst() {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count == 6, let phase = Phase(rawValue: String(fields[1])), let process = Int32(fields[2]),
                let since = Int(fields[3]), let restarts = Int(fields[4])
            else { return nil }
            entries.append(
                Entry(
                    name: String(fields[0]), phase: phase, process: process, since: since, restarts: restarts,
                    lastEnding: String(fields[5])))
        }
        return StackState(step: String(step), entries: entries)
    }
}
