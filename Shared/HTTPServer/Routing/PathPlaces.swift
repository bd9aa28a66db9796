/// Where the parameters of a path are in it: a plain value, so that finding a route allocates nothing.
struct PathPlaces: Sendable {
    static let capacity = 4

    private(set) var count = 0
    // A path is shorter than the memory of a connection.
    private var starts = SIMD4<Int32>()
    private var ends = SIMD4<Int32>()

    subscript(_ index: Int) -> Range<Int> { Int(starts[index])..<Int(ends[index]) }

    /// False, with nothing done, when there is no more room.
    mutating func append(_ place: Range<Int>) -> Bool {
        guard count < Self.capacity else { return false }
        starts[count] = Int32(truncatingIfNeeded: place.lowerBound)
        ends[count] = Int32(truncatingIfNeeded: place.upperBound)
        count += 1
        return true
    }
}
