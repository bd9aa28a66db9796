import BSON
import Synchronization

/// `failCommand`: makes commands fail as told, so that clients' retries can be tested.
final class FailPoint: Sendable {
    /// What matching commands fail with, how many go unharmed first, and how many then fail.
    private let setting = Mutex((data: BSONDocument(), skip: Int64(0), remaining: Int64(0)))

    func configure(mode: BSONValue, data: BSONDocument) throws {
        switch mode {
        case .string("off"): setting.withLock { $0 = (data, 0, 0) }
        case .string("alwaysOn"): setting.withLock { $0 = (data, 0, .max) }
        case .document(let counted) where counted.keys == ["times"] || counted.keys == ["skip"]:
            let (skip, times) = (counted.int64("skip") ?? 0, counted.int64("times") ?? .max)
            setting.withLock { $0 = (data, skip, times) }
        default: throw CommandError(.badValue, "unknown fail point mode \(mode)")
        }
    }

    /// What a command is told to fail with; it waits first if that was asked for.
    func failure(of command: Command, _ connection: Connection) -> BSONDocument? {
        let data = setting.withLock { setting -> BSONDocument? in
            guard setting.remaining > 0, !command.traits.contains(.testOnly),
                let names = setting.data.strings("failCommands"),
                names.contains(where: { $0 == command.name || command.aliases.contains($0) }),
                connection.applicationName == setting.data.string("appName") ?? connection.applicationName
            else { return nil }
            setting.skip -= 1
            if setting.skip >= 0 { return nil }
            setting.remaining -= 1
            return setting.data
        }
        if let data, data.flag("blockConnection") { Clock.pause(milliseconds: data.int64("blockTimeMS") ?? 0) }
        return data
    }
}

extension Command {
    static let configureFailPoint = Command(
        "configureFailPoint", [.adminOnly, .testOnly], options: [.any: "mode", .document: "data", .required: "mode"]
    ) { context in
        try require(context.request.argument == "failCommand", .badValue, "the only fail point is 'failCommand'")
        try context.server.failPoint.configure(
            mode: context.body["mode"] ?? .null, data: context.body.document("data") ?? [:])
        return [:]
    }
}
