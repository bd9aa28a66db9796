/// An amount of gems: whole, 64 bits, negative when taken.
package struct Gems: Hashable, Comparable, Sendable, Codable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    package let count: Int64

    package init(_ count: Int64) {
        self.count = count
    }

    package init(integerLiteral value: Int64) {
        count = value
    }

    package init(from decoder: any Decoder) throws {
        count = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(count)
    }

    package var description: String { String(count) }

    package static func + (left: Self, right: Self) -> Self { Gems(left.count + right.count) }
    package static func - (left: Self, right: Self) -> Self { Gems(left.count - right.count) }
    package static func < (left: Self, right: Self) -> Bool { left.count < right.count }
    package static prefix func - (gems: Self) -> Self { Gems(-gems.count) }

    /// Times a multiplier, rounded toward zero.
    package func multiplied(by multiplier: Double) -> Gems { Gems(Int64(Double(count) * multiplier)) }
}
