import Domain
import FoundationEssentials
import Runtime

/// How far people's clocks are ahead of UTC, by the machine's time zone database.
final class LocalTime: Sendable {
    private let folder: String
    private let known = Locked<[String: TimeZoneRules]>([:])

    init(folder: String = "/usr/share/zoneinfo") { self.folder = folder }

    /// The offset of a zone at a moment; that of UTC for a zone that is not known.
    func utcOffset(of zone: String, at instant: Instant) -> Duration { rules(of: zone).utcOffset(at: instant) }

    private func rules(of zone: String) -> TimeZoneRules {
        if let rules = known.withLock({ $0[zone] }) { return rules }
        guard TimeZoneRules.isPlausibleName(zone),
            let file = try? Data(contentsOf: URL(filePath: "\(folder)/\(zone)")),  // an unknown zone counts as UTC
            let rules = TimeZoneRules(tzif: Array(file))
        else { return .utc }
        known.withLock { $0[zone] = rules }
        return rules
    }
}
