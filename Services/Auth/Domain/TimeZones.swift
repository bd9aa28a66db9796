import Telemetry

/// The time zones there are, as the machine's own database has them.
enum TimeZones {
    private static let folder = "/usr/share/zoneinfo/"
    private static let hasDatabase = SmallFile.exists(folder + "UTC")

    /// Whether a name of the IANA database is one. Where the machine has no database, every name of the right form is.
    static func isKnown(_ name: String) -> Bool {
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(isPlain), name.first != "/",
            !name.contains("..")
        else { return false }
        if name == "UTC" { return true }
        return !hasDatabase || SmallFile.exists(folder + name, isFile: true)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "/_+-".utf8.contains(byte)
        }
    }
}
