package import Domain

/// What a voter has used of a day's votes, and how quickly they vote, as the vote script keeps it: three digits, two and
/// three, of base 64 from `0` on. For Lua a number's usual text costs nearly as much as a command. Whether the voter blocks
/// somebody or is blocked stands in the third number too, which has room for it.
package struct VoteTally: Equatable, Sendable {
    /// Votes of the day that count against the cap.
    package var used: Int
    /// Votes of the minute that began at `start`, or at midnight where that was later.
    package var pace: Int
    /// In which second of the day that minute began.
    package var start: Int
    /// Whether the voter blocks somebody or is blocked, so that this has to be looked up with each vote.
    package var blocks: Bool

    package init(used: Int, pace: Int = 0, start: Int = 0, blocks: Bool = false) {
        self.used = used
        self.pace = pace
        self.start = start
        self.blocks = blocks
    }

    package init?(_ digits: ArraySlice<UInt8>) {
        guard digits.count == 8, digits.allSatisfy({ $0 &- 48 < 64 }) else { return nil }
        func number(_ places: Range<Int>) -> Int {
            digits[(digits.startIndex + places.lowerBound)..<(digits.startIndex + places.upperBound)]
                .reduce(0) { $0 * 64 + Int($1 - 48) }
        }
        let start = number(5..<8)
        self.init(
            used: number(0..<3), pace: number(3..<5), start: start & (Self.blocksBit - 1),
            blocks: start >= Self.blocksBit)
    }

    package var text: String {
        String(
            decoding: Self.digits(used, 3) + Self.digits(pace, 2)
                + Self.digits(start + (blocks ? Self.blocksBit : 0), 3),
            as: UTF8.self)
    }

    /// More than there are seconds in a day: 32 in the first of the three digits.
    private static let blocksBit = 1 << 17

    /// The field that holds a day's tally, in the pairs of the ten days around it.
    package static func day(of now: Instant) -> Int64 { Int64(now.utcDate.daysSinceEpoch) }

    /// The second of the day, as three digits.
    package static func second(of now: Instant) -> [UInt8] {
        digits(Int((now.milliseconds - day(of: now) * Instant.millisecondsPerDay) / 1000), 3)
    }

    private static func digits(_ number: Int, _ count: Int) -> [UInt8] {
        let largest = (1 << (6 * count)) - 1
        let number = min(max(number, 0), largest)
        return (0..<count).map { UInt8(48 + (number >> (6 * (count - 1 - $0))) & 63) }
    }
}
