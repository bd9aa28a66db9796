import BSON
import Synchronization

final class FailPoint: Sendable {
    /// `failCommand`: a command by its name. `onPrimaryTransactionalWrite`: a statement of a retryable write.
    /// `maxTimeAlwaysTimeOut`: whatever has a limit of time.
    enum Name: String { case failCommand, onPrimaryTransactionalWrite, maxTimeAlwaysTimeOut }

    /// How many go unharmed first, and how many then fail.
    private let settings = Mutex<[Name: (data: BSONDocument, skip: Int64, remaining: Int64)]>([:])

    func configure(_ name: Name, mode: BSONValue, data: BSONDocument) throws {
        switch mode {
        case .string("off"): settings.withLock { $0[name] = nil }
        case .string("alwaysOn"): settings.withLock { $0[name] = (data, 0, .max) }
        case .document(let counted) where counted.keys == ["times"] || counted.keys == ["skip"]:
            let (skip, times) = (counted.int64("skip") ?? 0, counted.int64("times") ?? .max)
            settings.withLock { $0[name] = (data, skip, times) }
        default: throw CommandError(.badValue, "unknown fail point mode \(mode)")
        }
    }

    func failure(_ name: Name, where fits: (BSONDocument) -> Bool = { _ in true }) -> BSONDocument? {
        settings.withLock { settings in
            guard var setting = settings[name], setting.remaining > 0, fits(setting.data) else { return nil }
            setting.skip -= 1
            if setting.skip < 0 { setting.remaining -= 1 }
            settings[name] = setting
            return setting.skip < 0 ? setting.data : nil
        }
    }

    func failure(of command: Command, _ connection: Connection) -> BSONDocument? {
        if command.traits.contains(.testOnly) { return nil }
        let data = failure(.failCommand) { data in
            (data.strings("failCommands") ?? []).contains { $0 == command.name || command.aliases.contains($0) }
                && connection.applicationName == data.string("appName") ?? connection.applicationName
        }
        guard let data else { return nil }
        connection.isStruck = true
        if data.flag("blockConnection") { Clock.pause(milliseconds: data.int64("blockTimeMS") ?? 0) }
        return data
    }

    /// Called before a statement of a retryable write is run, which may be the last that its client hears.
    func failRetryableWrite(on connection: Connection) throws {
        guard let data = failure(.onPrimaryTransactionalWrite) else { return }
        if data.flag("closeConnection", or: true) { connection.cutOff() }
        guard let code = data.int32("failBeforeCommitExceptionCode") else { return }
        throw CommandError(code: code, "Failing write for fail point 'onPrimaryTransactionalWrite'")
    }
}

extension Command {
    static let configureFailPoint = Command(
        "configureFailPoint", [.adminOnly, .testOnly], options: [.any: "mode!", .document: "data"]
    ) { context in
        let name = context.request.argument.stringValue.flatMap(FailPoint.Name.init(rawValue:))
        try context.server.failPoint.configure(
            name.orThrow(.badValue("no such fail point: \(context.request.argument)")),
            mode: context.body["mode"] ?? .null, data: context.body.document("data") ?? [:])
        return [:]
    }
}
