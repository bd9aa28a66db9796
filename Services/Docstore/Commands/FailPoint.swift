import BSON
import Synchronization

/// `failCommand`: makes commands fail as told, so that clients' retries can be tested.
final class FailPoint: Sendable {
    struct Failure {
        let error: CommandError?
        /// Instead of those that the error has by itself.
        let labels: [String]?
        let writeConcernError: BSONDocument?
        let closesConnection: Bool

        fileprivate init(_ data: BSONDocument) {
            error = data.int32("errorCode").map {
                CommandError(
                    code: $0, "Failing command via 'failCommand' failpoint",
                    extra: data.document("errorExtraInfo") ?? [:])
            }
            labels = data.strings("errorLabels")
            writeConcernError = data.document("writeConcernError")
            closesConnection = data.flag("closeConnection")
        }
    }

    private struct Setting {
        let data: BSONDocument
        /// How many matching commands go unharmed first.
        var skip: Int64 = 0
        /// How many fail; nil for all.
        var remaining: Int64?
    }

    private let setting = Mutex<Setting?>(nil)

    func configure(mode: BSONValue, data: BSONDocument) throws {
        var new = Setting(data: data)
        switch mode {
        case .string("off"): return setting.withLock { $0 = nil }
        case .string("alwaysOn"): break
        case .document(let counted) where counted.keys == ["times"]: new.remaining = counted.int64("times")
        case .document(let counted) where counted.keys == ["skip"]: new.skip = counted.int64("skip") ?? 0
        default: throw CommandError(.badValue, "unknown fail point mode \(mode)")
        }
        setting.withLock { [new] in $0 = new }
    }

    /// Makes a command fail, or wait, if that was asked for.
    func apply(to command: Command, _ connection: Connection) -> Failure? {
        guard let data = take(command, connection) else { return nil }
        if data.flag("blockConnection"), let time = data.int64("blockTimeMS") { Clock.pause(milliseconds: time) }
        return Failure(data)
    }

    private func take(_ command: Command, _ connection: Connection) -> BSONDocument? {
        setting.withLock { setting in
            guard let current = setting, !command.traits.contains(.testOnly),
                let names = current.data.strings("failCommands"),
                names.contains(where: { $0 == command.name || command.aliases.contains($0) }),
                connection.applicationName == current.data.string("appName") ?? connection.applicationName
            else { return nil }
            if current.skip > 0 {
                setting?.skip -= 1
                return nil
            }
            if let remaining = current.remaining {
                if remaining > 1 { setting?.remaining = remaining - 1 } else { setting = nil }
                if remaining < 1 { return nil }
            }
            return current.data
        }
    }
}

extension Command {
    static let configureFailPoint = Command(
        "configureFailPoint", [.adminOnly, .testOnly], options: [.any("mode").required, .document("data")]
    ) { context in
        guard context.request.argument == .string("failCommand") else {
            throw CommandError(.badValue, "only the fail point 'failCommand' is implemented")
        }
        try context.server.failPoint.configure(
            mode: context.body["mode"] ?? .null, data: context.body.document("data") ?? [:])
        return [:]
    }
}
