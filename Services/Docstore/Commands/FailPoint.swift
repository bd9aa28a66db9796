import BSON
import Synchronization

/// `failCommand`: makes commands fail as told, so that clients' retries can be tested.
final class FailPoint: Sendable {
    struct Effect {
        var error: CommandError?
        var labels: [String]?
        var writeConcernError: BSONDocument?
        var closesConnection = false
    }

    private struct Setting {
        var commands: Set<String>
        var application: String?
        var data: BSONDocument
        /// How many matching commands go unharmed first.
        var skip: Int64
        /// How many fail; nil for all.
        var remaining: Int64?
    }

    private let setting = Mutex<Setting?>(nil)

    func configure(mode: BSONValue, data: BSONDocument) throws {
        var skip: Int64 = 0
        var remaining: Int64?
        switch mode {
        case .string("off"): return setting.withLock { $0 = nil }
        case .string("alwaysOn"): break
        case .document(let counted):
            for element in counted.elements {
                switch element.key {
                case "times": remaining = element.value.int64Value
                case "skip": skip = element.value.int64Value ?? 0
                default: throw CommandError(.badValue, "unknown fail point mode '\(element.key)'")
                }
            }
        default: throw CommandError(.badValue, "unknown fail point mode \(mode)")
        }
        let new = Setting(
            commands: Set(data.strings("failCommands") ?? []), application: data.string("appName"), data: data,
            skip: skip, remaining: remaining)
        setting.withLock { $0 = new }
    }

    func apply(to command: any Command.Type, _ request: CommandRequest, _ connection: ConnectionInfo) -> Effect {
        guard let data = take(command, request, connection) else { return Effect() }
        if let block = data["blockConnection"], block.isTruthy, let time = data.int64("blockTimeMS") {
            Clock.pause(milliseconds: time)
        }
        var effect = Effect()
        effect.closesConnection = data["closeConnection"]?.isTruthy == true
        effect.labels = data.strings("errorLabels")
        effect.writeConcernError = data.document("writeConcernError")
        if let code = data.int32("errorCode") {
            effect.error = CommandError(
                code: code, "Failing command via 'failCommand' failpoint", extra: data.document("errorExtraInfo") ?? [:]
            )
        }
        return effect
    }

    private func take(
        _ command: any Command.Type, _ request: CommandRequest, _ connection: ConnectionInfo
    ) -> BSONDocument? {
        setting.withLock { setting in
            guard var current = setting, command.name != ConfigureFailPointCommand.name,
                current.commands.contains(request.name) || current.commands.contains(command.name)
                    || !current.commands.isDisjoint(with: command.aliases)
            else { return nil }
            if let application = current.application, application != connection.applicationName { return nil }
            if current.skip > 0 {
                current.skip -= 1
                setting = current
                return nil
            }
            if let remaining = current.remaining {
                guard remaining > 0 else { return nil }
                current.remaining = remaining - 1
                setting = remaining == 1 ? nil : current
            }
            return current.data
        }
    }
}

/// `configureFailPoint`: only with `--test-commands`.
struct ConfigureFailPointCommand: Command {
    static let name = "configureFailPoint"
    static let options: Set<String> = ["mode", "data"]
    static let traits: CommandTraits = [.adminOnly, .testOnly]

    private let mode: BSONValue
    private let data: BSONDocument

    init(_ request: CommandRequest) throws {
        guard request.argument == .string("failCommand") else {
            throw CommandError(.badValue, "only the fail point 'failCommand' is implemented")
        }
        guard let mode = request.body["mode"] else { throw CommandError(.badValue, "a fail point needs a mode") }
        self.mode = mode
        data = request.body.document("data") ?? [:]
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        try context.server.failPoint.configure(mode: mode, data: data)
        return .done
    }
}
