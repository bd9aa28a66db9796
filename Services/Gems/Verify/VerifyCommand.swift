import Domain
import Ledger
import ServiceKit
import Telemetry

/// `gems verify [--settled] [--as-of TIME] [--balances]`
struct VerifyCommand: Sendable {
    let context: ServiceContext
    let economy: EconomyConfiguration

    /// - Returns: 0 when the books are right, 1 when not.
    func run(_ arguments: [String]) async throws -> Int32 {
        var options = VerifyBooks.Options()
        var showsBalances = false
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--settled": options.wantsSettled = true
            case "--balances": showsBalances = true
            case "--as-of":
                guard let text = rest.popFirst(), let time = Instant(iso8601: text) else {
                    throw UsageError("--as-of needs a time as 2026-11-21T00:00:00Z")
                }
                options.asOf = time
                showsBalances = true
            default: throw UsageError("unknown argument \(argument)")
            }
        }
        let report = try await VerifyBooks(
            database: context.mongo.database, economy: economy, now: .now(), options: options
        ).run()
        StandardOutput.write(Self.text(of: report, showsBalances: showsBalances))
        return report.isClean ? 0 : 1
    }

    static func text(of report: VerifyBooks.Report, showsBalances: Bool) -> String {
        var lines = [
            "people      \(report.people)", "entries     \(report.entries)", "balances    \(report.balance)",
            "debts       \(report.debts)",
        ]
        for account in SystemAccount.allCases {
            let name = account.rawValue + String(repeating: " ", count: 12 - account.rawValue.count)
            lines.append("\(name)\(report.accounts[account] ?? 0)")
        }
        lines += [
            "open holds  \(report.openHolds)", "open cards  \(report.openCards)",
            "vote gems   paid \(report.paid), deferred \(report.deferred), pending \(report.pending)",
            "bonuses     waiting \(report.waitingBonuses)", "roots       \(report.roots) compared",
        ]
        if showsBalances {
            for (user, balance) in report.balances.sorted(by: { $0.key < $1.key }) {
                lines.append("balance \(user.hex) \(balance)")
            }
        }
        for fault in report.faults {
            lines.append(
                "FAULT entry \(fault.entryID ?? "?") number \(fault.seq) of \(fault.userID.hex): \(fault.reason)")
        }
        lines += report.disagreements.map { "FAULT \($0)" }
        lines.append(report.isClean ? "the books are right" : "the books are WRONG")
        return lines.joined(separator: "\n") + "\n"
    }
}
