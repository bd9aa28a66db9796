/// The offsets of one time zone, read from its compiled file (TZif, RFC 8536).
///
/// Only the explicit transitions are used; past the last one its offset stays, which for the files that Debian ships
/// ("fat", with transitions to 2037) is exact until then.
package struct TimeZoneRules: Sendable, Equatable {
    private let transitions: [Int64]
    private let offsets: [Int32]
    private let initialOffset: Int32

    package static let utc = TimeZoneRules(transitions: [], offsets: [], initialOffset: 0)

    private init(transitions: [Int64], offsets: [Int32], initialOffset: Int32) {
        self.transitions = transitions
        self.offsets = offsets
        self.initialOffset = initialOffset
    }

    /// - Parameter bytes: the whole file.
    /// - Returns: nil when it is not a TZif file of version 2 or later, or is cut short.
    package init?(tzif bytes: [UInt8]) {
        guard let first = TZifHeader(bytes, at: 0), first.version >= UInt8(ascii: "2"),
            let header = TZifHeader(bytes, at: first.end(timeSize: 4))
        else { return nil }
        let times = header.dataStart
        let kinds = times + header.timeCount * 8
        let types = kinds + header.timeCount
        guard header.typeCount > 0, types + header.typeCount * 6 <= bytes.count else { return nil }
        func offset(ofType type: Int) -> Int32 {
            Int32(truncatingIfNeeded: bigEndian(bytes, at: types + type * 6, size: 4))
        }
        var transitions: [Int64] = []
        var offsets: [Int32] = []
        for index in 0..<header.timeCount {
            let type = Int(bytes[kinds + index])
            guard type < header.typeCount else { return nil }
            transitions.append(bigEndian(bytes, at: times + index * 8, size: 8))
            offsets.append(offset(ofType: type))
        }
        self.init(transitions: transitions, offsets: offsets, initialOffset: offset(ofType: 0))
    }

    /// How far local clocks are ahead of UTC at a moment.
    package func utcOffset(at instant: Instant) -> Duration {
        let seconds = instant.milliseconds / 1000
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        return .seconds(Int64(low == 0 ? initialOffset : offsets[low - 1]))
    }

    /// Whether text may name a zone: it becomes part of a path, so only what IANA's names consist of passes.
    package static func isPlausibleName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && !name.hasPrefix("/")
            && !name.split(separator: "/").contains { $0 == ".." }
            && name.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"),
                    UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }
}

/// One of the two headers of a TZif file: magic, version, and six counts.
private struct TZifHeader {
    let version: UInt8
    let dataStart: Int
    let isUTCCount, isStandardCount, leapCount, timeCount, typeCount, characterCount: Int

    init?(_ bytes: [UInt8], at start: Int) {
        guard bytes.count >= start + 44, Array(bytes[start..<start + 4]) == Array("TZif".utf8) else { return nil }
        version = bytes[start + 4]
        let counts = (0..<6).map { Int(bigEndian(bytes, at: start + 20 + $0 * 4, size: 4)) }
        guard counts.allSatisfy({ (0...100_000).contains($0) }) else { return nil }
        isUTCCount = counts[0]
        isStandardCount = counts[1]
        leapCount = counts[2]
        timeCount = counts[3]
        typeCount = counts[4]
        characterCount = counts[5]
        dataStart = start + 44
    }

    func end(timeSize: Int) -> Int {
        dataStart + timeCount * (timeSize + 1) + typeCount * 6 + characterCount + leapCount * (timeSize + 4)
            + isStandardCount + isUTCCount
    }
}

private func bigEndian(_ bytes: [UInt8], at start: Int, size: Int) -> Int64 {
    var value: UInt64 = 0
    for offset in 0..<size {
        value = value << 8 | UInt64(bytes[start + offset])
    }
    return Int64(bitPattern: value)
}
