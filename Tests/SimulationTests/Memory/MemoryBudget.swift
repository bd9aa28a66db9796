import Domain

/// The document of each day's budget for everybody, from which workers lease.
final class MemoryBudget {
    private var issued: [String: Int64] = [:]

    func lease(_ count: Int64, on day: String, limit: Int64) -> Bool {
        guard issued[day, default: 0] + count <= limit else { return false }
        issued[day, default: 0] += count
        return true
    }
}
