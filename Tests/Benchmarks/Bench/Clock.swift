import Domain
import Glibc
import Telemetry

enum Clock {
    /// On the monotonic clock.
    static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    static var now: Instant { Instant(milliseconds: WallClock.milliseconds()) }
}
