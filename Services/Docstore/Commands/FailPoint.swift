import BSON
import Synchronization

/// `failCommand`: makes commands fail as told, so that clients' retries can be tested.
final class FailPoint: Sendable {
    private struct Setting {
        let data: BSONDocument
        /// How many matching commands go unharmed first, and how many then fail.
        var skip: Int64 = 0
        var remaining = Int64.max
    }

    private let setting = Mutex<Setting?>(nil)

    func configure(mode: BSONValue, data: BSONDocument) throws {
        var new: Setting? = Setting(data: data)
        switch mode {
        case .string("off"): new = nil
        case .string("alwaysOn"): break
        case .document(let counted) where counted.keys == ["times"]: new?.remaining = counted.int64("times") ?? .max
        case .document(let counted) where counted.keys == ["skip"]: new?.skip = counted.int64("skip") ?? 0
        default: throw CommandError(.badValue, "unknown fail point mode \(mode)")
        }
        setting.withLock { [new] in $0 = new }
    }

    /// What a command is told to fail with; it waits first if that was asked for.
    func failure(of command: Command, _ connection: Connection) -> BSONDocument? {
        let data = setting.withLock { setting -> BSONDocument? in
            guard let current = setting, current.remaining > 0, !command.traits.contains(.testOnly),
                let names = current.data.strings("failCommands"),
                names.contains(where: { $0 == command.name || command.aliases.contains($0) }),
                connection.applicationName == current.data.string("appName") ?? connection.applicationName
            else { return nil }
            if current.skip > 0 {
                setting?.skip -= 1
                return nil
            }
            setting?.remaining -= 1
            return current.data
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
