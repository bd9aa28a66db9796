internal import Glibc
internal import JSON
internal import LocalStackSupervisor

/// The stack that the scenarios play on, and people to play them.
final class Stage: Sendable {
    let settings: StackSettings
    /// Makes names unique, also across runs on a stack that was kept.
    private let round: String

    init(options: Options) throws {
        var settings = try StackSettings.fromEnvironment()
        settings.limits = .relaxed
        settings.mongoURL = nil
        if let binaries = options.binaries, let folder = Files.resolved(binaries) { settings.binaries = folder }
        settings.home = options.home ?? "\(settings.root)/.build/end-to-end"
        guard let port = (0..<50).map({ 21_000 + 17 * $0 }).first(where: Socket.canListen(port:)) else {
            throw StackError("no free port for the gateway")
        }
        settings.port = port
        self.settings = settings
        var generator = SystemRandomNumberGenerator()
        round = String(UInt32.random(in: 0x10_0000 ... .max, using: &generator), radix: 36)
    }

    var port: Int { settings.port }
    var home: StackHome { StackHome(settings.home) }

    /// Starts from nothing: an earlier run's state would hide what a first start gets wrong.
    func raise() throws {
        strike()
        Files.removeTree(settings.home)
        guard try UpCommand(settings: settings, playsDemo: false).run() == 0 else {
            throw StackError("the stack did not start")
        }
    }

    func strike() {
        do {
            _ = try DownCommand(settings: settings).run()
        } catch {
            StackCommand.say("the stack could not be stopped: \(error)")
        }
    }

    func plan() throws -> StackPlan { try RunningStack(settings: settings).plan() }

    /// What an operator types. It must succeed; what it says is in its log.
    func circlectl(_ arguments: String...) throws {
        var task = try plan().task("auth", arguments, log: "circlectl")
        task.program = "\(settings.binaries)/circlectl"
        try requireEqual(try task.run(deadline: 30), .exit(0), "circlectl \(arguments.joined(separator: " "))")
    }

    /// Somebody without an account, at an address of their own.
    func stranger(_ number: Int = 0) -> Person {
        Person(username: "nobody", address: "203.0.113.\(number % 250 + 1)", port: port)
    }

    /// Somebody new, not yet registered.
    func newcomer(_ name: String, address: String) -> Person {
        Person(username: "\(name)_\(round)", address: address, port: port)
    }

    /// Somebody new, registered.
    func person(_ name: String, address: String? = nil) throws -> Person {
        let person = newcomer(name, address: address ?? Self.address(of: name))
        try person.register()
        return person
    }

    func crowd(_ name: String, _ count: Int) throws -> [Person] {
        let people = (0..<count).map { number in
            Person(
                username: "\(name)_\(round)_\(number)",
                address: "100.\(64 + number / 250).\(name.utf8.count).\(number % 250 + 1)", port: port)
        }
        try Parallel.map(people, width: 8) { try $0.register() }
        return people
    }

    /// Paints and posts, and waits until others see it.
    func approvedPost(by author: Person, seenBy reader: Person, key: String) throws -> String {
        let picture = try author.paint("a harbour at dawn, number \(key)", key: "paint-\(key)")
        let post = try author.post(picture, caption: "number \(key)", tags: ["harbour"], key: "post-\(key)")
        try reader.waitToSee(post)
        return post
    }

    /// Asks again and again until it is true.
    func eventually(_ what: String, within seconds: Double = 30, _ condition: () throws -> Bool) throws {
        let deadline = Clock.monotonic + seconds
        while !(try condition()) {
            if Clock.monotonic > deadline { throw StackError("not within \(Int(seconds)) s: \(what)") }
            Clock.pause(seconds: 0.1)
        }
    }

    private static func address(of name: String) -> String {
        let sum = name.utf8.reduce(7) { ($0 &* 31 &+ Int($1)) % 60_000 }
        return "100.100.\(sum / 250).\(sum % 250 + 1)"
    }
}

/// States what must be so; the error says what was instead.
func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
    if !condition { throw StackError(message()) }
}

func requireEqual<Value: Equatable>(_ value: Value?, _ wanted: Value, _ what: @autoclosure () -> String) throws {
    guard let value, value == wanted else {
        throw StackError("\(what()): \(wanted) expected, \(value.map { "\($0)" } ?? "nothing") came")
    }
}
