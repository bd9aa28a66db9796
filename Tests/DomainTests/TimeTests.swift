import Domain
import Foundation
import Testing

@Suite struct InstantTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (1_795_252_645_678, "2026-11-21T09:17:25.678Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    ])
    func `a moment is written and read as RFC 3339`(milliseconds: Int64, text: String) {
        #expect(Instant(milliseconds: milliseconds).iso8601 == text)
        #expect(Instant(iso8601: text)?.milliseconds == milliseconds)
    }

    @Test func `offsets and long fractions are understood`() {
        #expect(Instant(iso8601: "1970-01-01T01:00:00+01:00")?.milliseconds == 0)
        #expect(Instant(iso8601: "1970-01-01T00:00:00.1Z")?.milliseconds == 100)
        #expect(Instant(iso8601: "1970-01-01T00:00:00.123456789Z")?.milliseconds == 123)
    }

    @Test(arguments: [
        "", "1970-01-01", "1970-13-01T00:00:00Z", "1970-02-30T00:00:00Z", "1970-01-01T24:00:00Z",
        "1970-01-01T00:00:60Z",
        "1970-01-01T00:00:00", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00Zx", "1970-01-01 00:00:00Z",
    ])
    func `what is no date-time is refused`(text: String) {
        #expect(Instant(iso8601: text) == nil)
    }

    @Test func `the next UTC day starts at midnight`() {
        let instant = Instant(milliseconds: 1_795_252_645_678)
        #expect(instant.nextUTCDay.iso8601 == "2026-11-22T00:00:00.000Z")
        #expect(instant.utcDay == "2026-11-21")
    }
}

@Suite struct CivilDateTests {
    @Test(arguments: [
        ("2026-11-21", "2026-W47"), ("2027-01-01", "2026-W53"), ("2024-12-30", "2025-W01"), ("2021-01-03", "2020-W53"),
        ("2026-01-01", "2026-W01"),
    ])
    func `ISO weeks belong to the year of their Thursday`(day: String, week: String) throws {
        #expect(try #require(CivilDate(day)).isoWeek == week)
    }

    @Test func `days survive a round trip over four centuries`() throws {
        for day in stride(from: -150_000, through: 150_000, by: 37) {
            let date = CivilDate(daysSinceEpoch: day)
            let (year, month, dayOfMonth) = date.components
            #expect(CivilDate(year: year, month: month, day: dayOfMonth) == date)
        }
    }
}

@Suite struct TimeZoneRulesTests {
    @Test func `a zone's clocks go forward in summer`() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/Europe/Berlin")))
        let berlin = try #require(TimeZoneRules(tzif: bytes))
        #expect(berlin.utcOffset(at: try #require(Instant(iso8601: "2026-01-15T12:00:00Z"))) == .hours(1))
        #expect(berlin.utcOffset(at: try #require(Instant(iso8601: "2026-07-15T12:00:00Z"))) == .hours(2))
    }

    @Test func `a file cut short is refused, whatever its length`() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/Europe/Berlin")))
        for length in stride(from: 0, to: bytes.count - 600, by: 13) {
            #expect(TimeZoneRules(tzif: Array(bytes.prefix(length))) == nil)
        }
    }

    @Test func `a zone's name can't leave its folder`() {
        #expect(TimeZoneRules.isPlausibleName("America/Argentina/Buenos_Aires"))
        #expect(!TimeZoneRules.isPlausibleName("../../etc/passwd"))
        #expect(!TimeZoneRules.isPlausibleName("/etc/passwd"))
        #expect(!TimeZoneRules.isPlausibleName(""))
    }
}
