import CLinux
import Glibc

/// How many processors this process may use: what its cgroup grants, and no more than its CPU affinity allows.
package enum ProcessorQuota {
    /// Whole processors, at least 1. A quota of 1.5 gives 1: the rest serves pools and neighbours.
    package static func processors() -> Int {
        let allowed = affinity()
        guard let quota = version2(read("/sys/fs/cgroup/cpu.max")) ?? version1() else { return allowed }
        return max(1, min(allowed, Int(quota)))
    }

    /// `cpu.max` of cgroup v2: `max 100000` or `150000 100000`.
    static func version2(_ text: String?) -> Double? {
        let parts = text?.split(whereSeparator: \.isWhitespace) ?? []
        guard parts.count == 2, let quota = Double(parts[0]), let period = Double(parts[1]), period > 0 else {
            return nil
        }
        return quota / period
    }

    private static func version1() -> Double? {
        let folder = "/sys/fs/cgroup/cpu/"
        guard let quota = number(read(folder + "cpu.cfs_quota_us")), quota > 0,
            let period = number(read(folder + "cpu.cfs_period_us")), period > 0
        else { return nil }
        return quota / period
    }

    private static func number(_ text: String?) -> Double? {
        text.flatMap { $0.split(whereSeparator: \.isWhitespace).first }.flatMap { Double($0) }
    }

    private static func affinity() -> Int {
        var mask = [UInt8](repeating: 0, count: 128)
        let length = cl_processor_mask(&mask, UInt(mask.count))
        guard length > 0 else { return max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
        let count = mask.prefix(length).reduce(0) { $0 + $1.nonzeroBitCount }
        return max(1, count)
    }

    /// The first bytes of a small file of the kernel; nil when there is none, which is no error here.
    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
