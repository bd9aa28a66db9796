import Domain
import Events
import RedisClient
import ServiceKit
import Telemetry

/// What groups have failed at: looked at, and handed out again once the cause is mended.
enum DeadLetterCommand: Equatable, Sendable {
    /// Nil: how many each group has.
    case list(group: String?, limit: Int)
    case show(group: String, letter: String)
    case replay(group: String, letters: [String])
    case replayAll(group: String)

    /// How many letters are read at once, so that a long list needs little memory.
    private static let batch = 500

    init(arguments: [String]) throws(UsageError) {
        let isAll = arguments.contains("--all")
        let options = try CommandOptions(arguments.filter { $0 != "--all" }, known: ["--limit"])
        let words = options.words
        switch (words.first, words.count, isAll) {
        case ("list", 1...2, false):
            guard let limit = Int(options["--limit"] ?? "20"), limit > 0 else {
                throw UsageError("--limit is no number of letters")
            }
            self = .list(group: words.dropFirst().first, limit: limit)
        case ("show", 3, false): self = .show(group: words[1], letter: words[2])
        case ("replay", 3..., false): self = .replay(group: words[1], letters: Array(words.dropFirst(2)))
        case ("replay", 2, true): self = .replayAll(group: words[1])
        default: throw UsageError("dead-letters takes list [GROUP], show GROUP LETTER, replay GROUP LETTER…|--all")
        }
    }

    /// - Returns: the exit code: 1 where a letter that was named is not there.
    func run(on redis: RedisClient, to output: (String) -> Void = { StandardOutput.write($0 + "\n") }) async throws
        -> Int32
    {
        switch self {
        case .list(nil, _): try await count(redis, output)
        case .list(let group?, let limit):
            for letter in try await DeadLetters(group: group, redis: redis).list(limit: limit) { output(letter.line) }
        case .show(let group, let name):
            guard let letter = try await DeadLetters(group: group, redis: redis).letter(named: name) else {
                return missing(name, output)
            }
            output(letter.account)
        case .replay(let group, let names): return try await replay(names, of: group, redis, output)
        case .replayAll(let group):
            let letters = DeadLetters(group: group, redis: redis)
            var replayed = 0
            // Only those that are there now: a letter that fails again does not come round a second time.
            for _ in 0..<(try await letters.count() + Self.batch - 1) / Self.batch {
                replayed += try await letters.replay(try await letters.list(limit: Self.batch))
            }
            output("\(replayed) handed to \(group) again")
        }
        return 0
    }

    private func count(_ redis: RedisClient, _ output: (String) -> Void) async throws {
        var total = 0
        for group in try await DeadLetters.groups(in: redis) {
            let count = try await DeadLetters(group: group, redis: redis).count()
            if count > 0 { output("\(group)\t\(count)") }
            total += count
        }
        if total == 0 { output("no dead letters") }
    }

    private func replay(
        _ names: [String], of group: String, _ redis: RedisClient, _ output: (String) -> Void
    ) async throws -> Int32 {
        let letters = DeadLetters(group: group, redis: redis)
        var code: Int32 = 0
        for name in names {
            guard let letter = try await letters.letter(named: name), try await letters.replay([letter]) == 1 else {
                code = missing(name, output)
                continue
            }
            output("\(name) handed to \(group) again")
        }
        return code
    }

    private func missing(_ name: String, _ output: (String) -> Void) -> Int32 {
        output("no letter \(name)")
        return 1
    }
}

extension DeadLetters.Letter {
    private var type: String { entry.text("type") ?? "?" }

    /// When the event happened, for people.
    private var occurredAt: String {
        EventHead(entry)?.occurredAt.iso8601 ?? entry.integer("at").map { Instant(milliseconds: $0).iso8601 } ?? "?"
    }

    fileprivate var line: String { "\(name)\t\(type)\t\(occurredAt)\t\(reason)" }

    /// Everything that is known of the letter, a field a line.
    fileprivate var account: String {
        let head = [
            ("letter", name), ("reason", reason), ("attempts", "\(attempts)"), ("stream", source), ("entry", sourceID),
        ]
        let fields = entry.fields.map { ($0.name, String(decoding: $0.value, as: UTF8.self)) }
        return (head + fields).map { "\($0): \($1)" }.joined(separator: "\n")
    }
}
