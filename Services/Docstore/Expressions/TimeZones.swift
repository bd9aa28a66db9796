import Glibc
import Synchronization

/// Offsets from UTC: fixed ones, and those of the system's time zone database.
struct ZoneOffset: Sendable {
    private let fixed: Int64
    private let database: ZoneFile?

    static let utc = ZoneOffset(fixed: 0, database: nil)

    var isUTC: Bool { fixed == 0 && database == nil }

    private init(fixed: Int64, database: ZoneFile?) {
        self.fixed = fixed
        self.database = database
    }

    /// - Parameter name: `UTC`, `+09:00`, `-0330`, or a name of the database such as `Europe/Berlin`.
    init(named name: String) throws(CommandError) {
        if name == "UTC" || name == "GMT" || name == "Z" {
            self = .utc
        } else if let seconds = Self.parse(name) {
            self.init(fixed: seconds, database: nil)
        } else {
            guard let file = ZoneFile.named(name) else {
                throw CommandError(code: 40485, "unrecognized time zone identifier: \"\(name)\"")
            }
            self.init(fixed: 0, database: file)
        }
    }

    private static func parse(_ text: String) -> Int64? {
        guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
        let digits = text.dropFirst().filter { $0 != ":" }
        guard digits.utf8.allSatisfy(\.isDigit), [2, 4].contains(digits.utf8.count), let number = Int64(digits),
            text.utf8.count <= 6
        else { return nil }
        let seconds = digits.utf8.count == 2 ? number * 3600 : number / 100 * 3600 + number % 100 * 60
        return sign == "-" ? -seconds : seconds
    }

    /// Seconds east of Greenwich at an instant.
    func seconds(at milliseconds: Int64) throws(CommandError) -> Int64 {
        guard let database else { return fixed }
        return try database.offset(at: milliseconds.flooredDivision(by: 1000).quotient)
    }

    func local(_ milliseconds: Int64) throws(CommandError) -> CivilDate {
        CivilDate(milliseconds: milliseconds + (try seconds(at: milliseconds)) * 1000)
    }

    /// The instant of a local time.
    func instant(ofLocal milliseconds: Int64) throws(CommandError) -> Int64 {
        let guess = milliseconds - (try seconds(at: milliseconds)) * 1000
        return milliseconds - (try seconds(at: guess)) * 1000
    }
}

/// A file of the time zone database (TZif): the instants at which the offset changes.
final class ZoneFile: Sendable {
    private let transitions: [Int64]
    private let offsets: [Int64]
    private let first: Int64

    private static let loaded = Mutex<[String: ZoneFile]>([:])

    static func named(_ name: String) -> ZoneFile? {
        if let known = loaded.withLock({ $0[name] }) { return known }
        let allowed = name.utf8.allSatisfy {
            $0.isDigit || $0.isASCIIUpper || $0.isASCIILower || "/_+-".utf8.contains($0)
        }
        guard allowed, !name.isEmpty, !name.hasPrefix("/"), let file = ZoneFile(name) else { return nil }
        loaded.withLock { $0[name] = file }
        return file
    }

    private init?(_ name: String) {
        guard let bytes = Self.read("/usr/share/zoneinfo/" + name), let body = Self.secondBlock(of: bytes) else {
            return nil
        }
        let counts = (0..<6).map { Int(Self.number(body, 20 + 4 * $0, 4)) }
        let (times, types) = (counts[3], counts[4])
        let indexStart = body.startIndex + 44 + times * 8
        let typeStart = indexStart + times
        guard body.endIndex >= typeStart + types * 6, types > 0 else { return nil }
        let typeOffsets = (0..<types).map {
            Int64(Int32(truncatingIfNeeded: Self.number(body, typeStart - body.startIndex + 6 * $0, 4)))
        }
        transitions = (0..<times).map { Self.number(body, 44 + 8 * $0, 8) }
        offsets = (0..<times).map { typeOffsets[min(Int(body[indexStart + $0]), types - 1)] }
        first = typeOffsets[0]
    }

    /// The 64-bit part, which follows the 32-bit one.
    private static func secondBlock(of bytes: [UInt8]) -> ArraySlice<UInt8>? {
        guard bytes.count > 44, bytes.starts(with: "TZif".utf8), bytes[4] >= UInt8(ascii: "2") else { return nil }
        let counts = (0..<6).map { Int(number(bytes[...], 20 + 4 * $0, 4)) }
        let size = counts[3] * 5 + counts[4] * 6 + counts[5] + counts[2] * 8 + counts[1] + counts[0]
        guard bytes.count > 88 + size else { return nil }
        return bytes[(44 + size)...]
    }

    private static func number(_ bytes: ArraySlice<UInt8>, _ offset: Int, _ count: Int) -> Int64 {
        let start = bytes.startIndex + offset
        return bytes[start..<(start + count)].reduce(0) { $0 << 8 | Int64($1) }
    }

    private static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }

    /// - Throws: past the last change that the database lists; rules for the far future are not implemented.
    func offset(at seconds: Int64) throws(CommandError) -> Int64 {
        guard let start = transitions.first, seconds >= start else { return first }
        var low = 0
        var high = transitions.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if transitions[middle] <= seconds { low = middle } else { high = middle }
        }
        if low == transitions.count - 1, seconds > 2_145_916_800 {
            throw CommandError(code: 40485, "time zones after 2037 are not implemented")
        }
        return offsets[low]
    }
}
