internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension ObjectID {
    private static let counter = Atomic<UInt32>(UInt32.random(in: 0...0xff_ffff))
    private static let process = UInt64.random(in: 0...0xff_ffff_ffff)

    /// A new id, unlike any other: the clock's seconds, this process's random five bytes, and the next count.
    package init() {
        let seconds = UInt64(UInt32(truncatingIfNeeded: time(nil)))
        let count = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue & 0xff_ffff
        self.init(
            high: seconds << 32 | Self.process >> 8, low: UInt32(truncatingIfNeeded: Self.process & 0xff) << 24 | count)
    }
}
