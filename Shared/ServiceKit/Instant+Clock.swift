package import Domain
import Telemetry

extension Instant {
    /// What the machine's clock says. Rules never ask it; their callers pass the time in.
    package static func now() -> Instant { Instant(milliseconds: WallClock.milliseconds()) }
}
