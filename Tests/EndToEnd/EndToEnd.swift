internal import Glibc
internal import LocalStackSupervisor

/// Runs scenarios, one after the other, on a stack that belongs to this run alone.
enum EndToEnd {
    /// In the order in which they run: memory while nothing has happened yet, crashes when all else has passed.
    static let scenarios: [Scenario] = [
        .memory, .contract, .problems, .sessions, .idempotency, .paging, .gatewayManners, .connections, .hostileClients,
        .loop, .voting, .reviews, .limits, .social, .streams, .memoryAfterPlay, .survival, .campaign, .rebuilding,
        .crashes,
    ]

    static let help = """
        end-to-end [--binaries FOLDER] [--home FOLDER] [--keep] [NAME...]

        Starts a stack of its own, runs the scenarios (or those named) through its gateway, stops the stack.
        Scenarios: \(scenarios.map(\.name).joined(separator: ", "))
        --keep leaves the stack running, for a look at what went wrong.

        """

    static func run(_ arguments: [String]) -> Int32 {
        do {
            var options = try Options(arguments)
            if options.help {
                StackCommand.say(help)
                return 0
            }
            return try perform(&options)
        } catch {
            StackCommand.say("end-to-end: \(error)")
            return 1
        }
    }

    private static func perform(_ options: inout Options) throws -> Int32 {
        let wanted = options.names.isEmpty ? scenarios : scenarios.filter { options.names.contains($0.name) }
        let stage = try Stage(options: options)
        try stage.raise()
        defer { if !options.keep { stage.strike() } }
        var failed: [String] = []
        for scenario in wanted {
            let started = Clock.monotonic
            do {
                try scenario.play(stage)
                StackCommand.say("✔ \(scenario.name) (\(seconds(since: started)))")
            } catch {
                failed.append(scenario.name)
                StackCommand.say("✘ \(scenario.name) (\(seconds(since: started))): \(error)")
            }
        }
        StackCommand.say("end-to-end: \(wanted.count - failed.count) of \(wanted.count) scenarios passed")
        if !failed.isEmpty {
            StackCommand.say("failed: \(failed.joined(separator: ", ")); logs in \(stage.settings.home)/log")
        }
        return failed.isEmpty ? 0 : 1
    }

    private static func seconds(since start: Double) -> String {
        let tenths = Int((Clock.monotonic - start) * 10)
        return "\(tenths / 10).\(tenths % 10) s"
    }
}

struct Options {
    var binaries: String?
    var home: String?
    var keep = false
    var help = false
    var names: [String] = []

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--binaries": binaries = rest.popFirst()
            case "--home": home = rest.popFirst()
            case "--keep": keep = true
            case "--help", "-h": help = true
            default:
                guard EndToEnd.scenarios.contains(where: { $0.name == argument }) else {
                    throw StackError("no scenario \(argument)")
                }
                names.append(argument)
            }
        }
    }
}

/// One thing that must hold, tried from the outside.
struct Scenario: Sendable {
    let name: String
    let play: @Sendable (Stage) throws -> Void
}
