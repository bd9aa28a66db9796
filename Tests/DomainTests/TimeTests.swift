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
        #expect(Instant(iso8601: "1969-12-31T18:30:00-05:30")?.milliseconds == 0)
        #expect(Instant(iso8601: "1970-01-01T00:00:00.1Z")?.milliseconds == 100)
        #expect(Instant(iso8601: "1970-01-01T00:00:00.123456789Z")?.milliseconds == 123)
    }

    @Test(arguments: [
        "", "1970-01-01", "1970-13-01T00:00:00Z", "1970-02-30T00:00:00Z", "1970-01-01T24:00:00Z",
        "1970-01-01T00:00:60Z",
        "1970-01-01T00:60:00Z", "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00+00:60", "1900-02-29T00:00:00Z",
        "1970-01-01T00:00:00", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00Zx", "1970-01-01 00:00:00Z",
    ])
    func `what is no date-time is refused`(text: String) {
        #expect(Instant(iso8601: text) == nil)
    }

    @Test func `the next UTC day starts at midnight`() {
        let instant = Instant(milliseconds: 1_795_252_645_678)
        #expect(instant.nextUTCDay.iso8601 == "2026-11-22T00:00:00.000Z")
        #expect(instant.utcDay == "2026-11-21")
        #expect(instant.nextUTCDay.utcDay == "2026-11-22", "midnight is the new day's")
    }

    @Test(arguments: [(0, "1970-01-01"), (-1, "1969-12-31"), (-86_400_000, "1969-12-31"), (-86_400_001, "1969-12-30")])
    func `days before 1970 end at midnight too`(milliseconds: Int64, day: String) {
        let instant = Instant(milliseconds: milliseconds)
        #expect(instant.utcDay == day && instant.localDate(utcOffset: .zero).description == day)
    }

    @Test func `where clocks are ahead the day begins earlier`() {
        let evening = Instant(milliseconds: 1_795_298_400_000)
        #expect(evening.iso8601 == "2026-11-21T22:00:00.000Z")
        #expect(evening.localDate(utcOffset: .hours(2)).description == "2026-11-22")
        #expect(evening.localDate(utcOffset: .hours(2) - .milliseconds(1)).description == "2026-11-21")
        #expect(evening.localDate(utcOffset: .zero - .hours(23)).description == "2026-11-20")
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

extension CivilDateTests {
    @Test(arguments: ["2024-02-29", "2000-02-29", "2026-04-30", "2026-12-31"])
    func `a day of the calendar comes back as it was written`(text: String) {
        #expect(CivilDate(text)?.description == text)
    }

    @Test(
        arguments: [
            "1900-02-29", "2026-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00", "2026-1-01", "26-01-01",
            "2026-+1-01", "+026-01-01", "2026-01-+1", "2026-01-01-", "", "2026-01-1x",
        ])
    func `what is no day of the calendar is refused`(text: String) {
        #expect(CivilDate(text) == nil)
    }
}

@Suite struct TimeZoneRulesTests {
    /// A zone of one moment, at which its clocks change.
    private func zone(changesAt seconds: Int64, toType type: UInt8, version: Unicode.Scalar = "2") -> [UInt8] {
        func header(_ times: UInt8, _ types: UInt8) -> [UInt8] {
            Array("TZif".utf8) + [UInt8(ascii: version)] + [UInt8](repeating: 0, count: 15)
                + [0, 0, 0].flatMap { [0, 0, 0, $0] } + [times, types, 0].flatMap { [0, 0, 0, $0] }
        }
        let moment = (0..<8).reversed().map { UInt8(truncatingIfNeeded: seconds >> ($0 * 8)) }
        func kind(_ hours: Int32) -> [UInt8] {
            (0..<4).reversed().map { UInt8(truncatingIfNeeded: (hours * 3600) >> ($0 * 8)) } + [0, 0]
        }
        return header(0, 0) + header(1, 2) + moment + [type] + kind(-3) + kind(5)
    }

    @Test func `clocks change in the second that the file names`() throws {
        let rules = try #require(TimeZoneRules(tzif: zone(changesAt: 1000, toType: 1)))
        #expect(rules.utcOffset(at: Instant(milliseconds: 999_999)) == .zero - .hours(3))
        #expect(rules.utcOffset(at: Instant(milliseconds: 1_000_000)) == .hours(5))
    }

    @Test func `a file that names a type which it does not have, or an old one, is refused`() {
        #expect(TimeZoneRules(tzif: zone(changesAt: 0, toType: 2)) == nil)
        #expect(TimeZoneRules(tzif: zone(changesAt: 0, toType: 1, version: "1")) == nil)
    }

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
        let long = String(repeating: "a", count: 64)
        #expect(TimeZoneRules.isPlausibleName(long) && !TimeZoneRules.isPlausibleName(long + "a"))
    }
}
